using System.Text;
using Poise.Core.Training.Learning;
using Poise.Core.Training.Recipes;
using Poise.Core.Training.Reports;
using Poise.Core.Training.Runs;
using Poise.Tensors;

namespace Poise.Core.Training.Answers;

/// <summary>Answers to the recipe's prompts on the way, for people to see what is learnt. Nothing of the run depends on them.</summary>
sealed class SampleAnswers
{
    /// <summary>Tokens of an answer.</summary>
    const int Most = 64;

    readonly StepMachine _machine;
    readonly int _threads;
    readonly IReadOnlySet<int> _stops;
    readonly (string Text, int[] Ids)[] _prompts;

    public SampleAnswers(StepMachine machine, int threads)
    {
        (_machine, _threads) = (machine, threads);
        RecipeRun run = machine.Recipe.Run;
        _stops = new HashSet<int>();
        _prompts = [];
        if (run.SamplePrompts.Count == 0) return;
        try
        {
            _stops = machine.Format.StopIds;
            _prompts = [.. run.SamplePrompts.Select(text => (text, machine.Format.Prompt(text)))];
        }
        catch (PoiseException e)
        {
            throw new PoiseException($"The recipe's sample_prompts cannot be asked: {e.Message.TrimEnd('.')}. Leave them out, or take a folder with the model's tokenizer.", e);
        }

        int context = machine.Package.Config.ContextLength;
        foreach ((string text, int[] ids) in _prompts)
            if (ids.Length == 0 || ids.Length >= context) throw new PoiseException($"The recipe's sample prompt '{text}' has {ids.Length} tokens; this model reads 1 to {context - 1} before an answer.");
    }

    /// <summary>Whether the recipe asks for answers after this step.</summary>
    public bool IsDue(long step) => _prompts.Length > 0 && (step == 0 || step == _machine.Steps || step % _machine.Recipe.Run.SampleEvery == 0);

    public IReadOnlyList<RunSample> Ask(long step, CancellationToken cancellation)
    {
        using IAnswerer answerer = _machine.Learner is AdapterLearner learner && ModelAnswerer.Fits(_machine.Package)
            ? new ModelAnswerer(_machine.Package, learner.ToAdapter("the adapter in training"), _threads) : new GraphAnswerer(_machine.Learner.Model, _machine.Tape);
        int context = _machine.Package.Config.ContextLength;
        return [.. _prompts.Select(prompt => new RunSample(step, prompt.Text, Text(answerer.Answer(prompt.Ids, Math.Min(Most, context - prompt.Ids.Length), _stops, cancellation))))];
    }

    string Text(IReadOnlyList<int> ids)
    {
        var bytes = new List<byte>();
        foreach (int id in ids) bytes.AddRange(_machine.Format.Tokenizer.BytesOf(id));
        return Encoding.UTF8.GetString([.. bytes]);
    }
}
