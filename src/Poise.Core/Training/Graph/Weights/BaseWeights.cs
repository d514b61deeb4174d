using Poise.Core.Adapters;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Tensors;
using Poise.Tensors.Formats;
using Poise.Tensors.Matrices;

namespace Poise.Core.Training.Graph;

/// <summary>The weights of a base, asked for by the names that Hugging Face gives them, whatever the layout of its files.</summary>
abstract class BaseWeights
{
    /// <param name="package">Must stay open as long as what is read here.</param>
    public static BaseWeights Of(ModelPackage package) => package.Checkpoint switch
    {
        GgufFile gguf => new PlacedWeights(GgufBase.Read(gguf, package.Config), gguf),
        _ when package.IsHuggingFace => new FolderWeights(package.Checkpoint),
        _ => new PlacedWeights(OriginalBase.Read(package.Checkpoint, (GptOssConfig)package.Config), package.Checkpoint),
    };

    /// <summary>Whether biases may be there or not, as in GGUF files, rather than as the configuration says.</summary>
    public abstract bool HasOptionalBiases { get; }

    public abstract bool Has(string name);

    /// <summary>A matrix of [outputs, inputs].</summary>
    public abstract MatrixSource Matrix(string name, int outputs, int inputs);

    /// <summary>A matrix that Hugging Face stores as [inputs, outputs].</summary>
    public abstract MatrixSource Conv1D(string name, int outputs, int inputs);

    /// <summary>The matrices of a parameter that holds those of all experts, in Hugging Face's order of rows.</summary>
    public abstract MatrixSource[] Experts(string name, int experts, int outputs, int inputs);

    /// <summary>A small tensor of exactly this shape.</summary>
    public abstract float[] Values(string name, params ReadOnlySpan<long> shape);

    /// <summary>A tensor that is to be trained itself, as it is stored. Throws where this layout has none.</summary>
    public abstract StoredTensor Trainable(string name, params ReadOnlySpan<long> shape);

    /// <summary>The matrix or table that an adapter changes.</summary>
    public MatrixSource Of(BaseParameter parameter, AdapterBase @base)
    {
        // A tied output is the table.
        string name = parameter.Name == AdapterBase.HeadName && !Has(parameter.Name) ? @base.Table!.Name : parameter.Name;
        return parameter.InputsFirst ? Conv1D(name, parameter.Outputs, parameter.Inputs) : Matrix(name, parameter.Outputs, parameter.Inputs);
    }

    /// <summary>Whether these are the base's own values of a matrix or table.</summary>
    public bool Holds(BaseParameter parameter, ReadOnlySpan<float> values, AdapterBase @base)
    {
        MatrixSource source = Of(parameter, @base);
        float[] row = new float[source.Columns];
        for (int r = 0; r < source.Rows; r++)
        {
            source.DecodeRow(r, row);
            for (int c = 0; c < row.Length; c++)
                if (row[c] != values[checked((int)parameter.IndexOf(0, r, c))]) return false;
        }

        return true;
    }
}
