namespace Poise.Core.Training.Optimizers;

/// <summary>
/// Which parameters decay, by name, as in the Trainer of Hugging Face: all but biases and the weights of norms. GPT-2's norms
/// carry no such word in their names (ln_1, ln_f); the Trainer knows them by their type.
/// </summary>
public static class WeightDecay
{
    public static bool Applies(string name)
    {
        foreach (string word in (ReadOnlySpan<string>)["bias", "layernorm", "rmsnorm"])
            if (name.Contains(word, StringComparison.OrdinalIgnoreCase)) return false;
        foreach (Range range in name.AsSpan().Split('.'))
        {
            ReadOnlySpan<char> component = name.AsSpan(range);
            if (component.Equals("norm", StringComparison.OrdinalIgnoreCase) || component.EndsWith("_norm", StringComparison.OrdinalIgnoreCase)
                || component.StartsWith("ln_", StringComparison.OrdinalIgnoreCase)) return false;
        }
        return true;
    }
}
