using Poise.Tensors;

namespace Poise.Core.Training.Optimizers;

/// <summary>Values that an optimiser keeps for a parameter, in F32 and in the parameter's shape.</summary>
/// <param name="Name">Of the kind of value, as <c>first_moment</c>.</param>
public sealed record OptimizerState(string Name, Parameter Parameter, FloatRows Values)
{
    /// <summary>Zeros in the shape of each parameter.</summary>
    internal static OptimizerState[] For(string name, IReadOnlyList<Parameter> parameters)
    {
        var states = new OptimizerState[parameters.Count];
        for (int i = 0; i < states.Length; i++)
        {
            FloatRows values = new FloatRows(parameters[i].Value.Columns).Resize(parameters[i].Value.Rows);
            values.All.Clear();
            states[i] = new OptimizerState(name, parameters[i], values);
        }
        return states;
    }
}
