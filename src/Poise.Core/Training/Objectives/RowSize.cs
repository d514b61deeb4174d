namespace Poise.Core.Training.Objectives;

/// <summary>How much a row of data is.</summary>
readonly record struct RowSize(int Tokens, int Targets);
