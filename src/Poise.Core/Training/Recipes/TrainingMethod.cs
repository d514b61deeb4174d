namespace Poise.Core.Training.Recipes;

/// <summary>What is learnt from, and what changes.</summary>
public enum TrainingMethod
{
    /// <summary>Answers to imitate; an adapter learns.</summary>
    Sft,

    /// <summary>Pairs of a better and a worse answer (Rafailov et al., 2023); an adapter learns, the base is the reference.</summary>
    Dpo,

    /// <summary>Texts to imitate; every weight of the model learns.</summary>
    Full,
}
