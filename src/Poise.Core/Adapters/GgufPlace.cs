namespace Poise.Core.Adapters;

/// <summary>Where rows of a GGUF tensor belong in the Hugging Face model.</summary>
/// <param name="FirstRow">The first row, of each expert where there are experts.</param>
/// <param name="Rows">How many; 0 for all.</param>
/// <param name="FirstOutput">The output of the first row.</param>
/// <param name="Step">Outputs from one row to the next.</param>
/// <param name="Outputs">The output of each row in place of these; or null.</param>
sealed record GgufPlace(string Parameter, BaseKind Kind, int FirstRow = 0, int Rows = 0, int FirstOutput = 0, int Step = 1, int[]? Outputs = null)
{
    /// <summary>Whether Hugging Face stores it [in, out].</summary>
    public bool InputsFirst { get; init; }

    /// <summary>Whether the rows are inputs, and lie along outputs from the first on.</summary>
    public bool Turned { get; init; }

    /// <summary>Outputs of the parameter where these rows are not all of them; else 0.</summary>
    public int Total { get; init; }

    /// <summary>What the file's values have on top of Hugging Face's.</summary>
    public float Offset { get; init; }
}
