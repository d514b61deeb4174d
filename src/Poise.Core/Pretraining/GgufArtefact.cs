using Poise.Core.Adapters;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Core.Training.Graph;
using Poise.Tensors;
using Poise.Tensors.Formats;
using Poise.Tensors.Matrices;
using Poise.Tensors.Quantization;

namespace Poise.Core.Pretraining;

/// <summary>A trained gpt-oss folder as a GGUF file: experts MXFP4, other matrices as the recipe says, the rest F32. A function of the folder alone.</summary>
static class GgufArtefact
{
    /// <summary>general.file_type of files with MXFP4 experts.</summary>
    const uint FileType = 38;

    /// <param name="model">A Hugging Face folder with unquantised experts.</param>
    public static void Write(PretrainingRecipe recipe, string model, string path)
    {
        using ModelPackage package = ModelPackage.Open(model);
        var config = (GptOssConfig)package.Config;
        var writer = new GgufWriter();
        writer.Add("general.architecture", config.Architecture);
        writer.Add("general.type", "model");
        writer.Add("general.name", recipe.Name);
        writer.Add("general.license", "cc0-1.0");
        writer.Add("general.description", $"Trained from nothing by Poise; every bit follows from its recipe {recipe.Digest}");
        GgufConfigKeys.AddTo(writer, config);
        writer.Add("general.quantization_version", 2u);
        writer.Add("general.file_type", FileType);
        GgufVocabulary.AddTo(writer, model, recipe.Tokenizer.Split == "o200k" ? "gpt-4o" : recipe.Tokenizer.Split);
        var places = new GgufPlaces(config);
        var weights = new FolderWeights(package.Checkpoint);
        foreach (SyntheticTensor tensor in SyntheticTensors.Gguf(config, recipe.ArtefactType))
        {
            GgufPlace place = places.Of(tensor.Name).Single();
            bool vector = tensor.Shape.Length == 1 || tensor.Name.EndsWith(".bias", StringComparison.Ordinal);
            writer.AddTensor(tensor.Name, tensor.Type, tensor.Shape, output =>
            {
                if (vector) WriteVector(tensor, place, package.Checkpoint.Get(place.Parameter), output);
                else WriteMatrices(tensor, place, weights, output);
            });
        }

        writer.Write(path);
    }

    static void WriteVector(SyntheticTensor tensor, GgufPlace place, StoredTensor stored, Stream output)
    {
        float[] values = stored.ToFloats(), own = new float[tensor.Elements];
        for (int i = 0; i < own.Length; i++) own[i] = values[place.FirstOutput + i * place.Step];
        Factors.Write(output, own, tensor.Type);
    }

    static void WriteMatrices(SyntheticTensor tensor, GgufPlace place, FolderWeights weights, Stream output)
    {
        long[] shape = tensor.Shape;
        int rows = checked((int)shape[^2]), columns = checked((int)shape[^1]);
        MatrixSource[] matrices = shape.Length == 3 ? weights.Experts(place.Parameter, checked((int)shape[0]), rows * place.Step, columns) : [weights.Matrix(place.Parameter, rows, columns)];
        BlockFormat format = BlockFormats.Get(tensor.Type);
        float[] row = new float[columns];
        byte[] bytes = new byte[format.RowBytes(columns)];
        foreach (MatrixSource matrix in matrices)
        {
            for (int r = 0; r < rows; r++)
            {
                matrix.DecodeRow(place.FirstOutput + r * place.Step, row);
                format.Quantize(row, bytes);
                output.Write(bytes);
            }
        }
    }
}
