namespace Poise.Tensors;

/// <summary>How a gate lets through what it is multiplied with.</summary>
public enum GateKind
{
    /// <summary>silu(gate) up.</summary>
    Silu,

    /// <summary>gelu(gate) up, gelu in its tanh form.</summary>
    Gelu,

    /// <summary>gpt-oss: both clamped, gate sigmoid(1.702 gate) (up + 1).</summary>
    ClampedSwiGlu,
}
