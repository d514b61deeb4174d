namespace Poise.Tensors.Cache;

/// <summary>Rows firstRow .. firstRow + count - 1 of a batch are positions start .. start + count - 1 of one sequence.</summary>
public readonly record struct AttentionSpan(KeyValueTable Cache, int FirstRow, int Count, int Start);
