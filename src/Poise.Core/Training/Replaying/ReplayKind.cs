namespace Poise.Core.Training.Replaying;

/// <summary>What differs between a run and its replay, in the order of cause and effect.</summary>
enum ReplayKind
{
    /// <summary>The transcript's own chain of hashes.</summary>
    Chain,
    Recipe,
    Base,
    Tokenizer,

    /// <summary>A file of data, or what the rows of a step are.</summary>
    Data,

    /// <summary>The trained values before the first step.</summary>
    InitialWeights,

    /// <summary>Lines of the transcript are missing, too many, or at odds with recipe and data.</summary>
    Steps,
    Checkpoint,
    LearningRate,
    Loss,
    Gradient,
    Weights,
    OptimizerState,

    /// <summary>The loss on what is held back.</summary>
    Evaluation,

    /// <summary>The adapter or the model that the run left.</summary>
    Result,
}
