using Poise.Core.Models;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Adapters;

/// <summary>The parameters of a GGUF file under their Hugging Face names.</summary>
static class GgufBase
{
    public static BaseFiles Read(GgufFile file, ModelConfig config)
    {
        var places = new GgufPlaces(config);
        var parameters = new Dictionary<string, BaseParameter>(StringComparer.Ordinal);
        var parts = new List<BasePart>();
        foreach (StoredTensor tensor in file.Tensors)
        {
            foreach (GgufPlace place in places.Of(tensor.Name).Concat(places.AlsoOf(tensor.Name)))
            {
                if (place.Kind == BaseKind.Experts && (tensor.Shape.Length != 3 || (place.Rows > 0 && tensor.Shape[1] != place.Rows)))
                    throw new ModelFileException(tensor.File, tensor.Name, $"expected [experts, {(place.Rows > 0 ? place.Rows : "outputs")}, inputs], found [{string.Join(", ", tensor.Shape)}]");
                long columns = place.Kind == BaseKind.Other ? 1 : tensor.Shape[^1], rows = tensor.Elements / columns;
                long each = place.Rows > 0 ? place.Rows : place.Kind == BaseKind.Experts ? tensor.Shape[^2] : rows, outputs = place.Total > 0 ? place.Total : each * place.Step;
                if (place.FirstRow + each > rows || (place.Turned && place.FirstOutput + columns > outputs)) throw new ModelFileException(tensor.File, tensor.Name, $"expected at least {place.FirstRow + each} rows that fit {place.Parameter}, found [{string.Join(", ", tensor.Shape)}]");
                if (place.Outputs is not null && place.Outputs.Length != each)
                    throw new ModelFileException(tensor.File, tensor.Name, $"expected {place.Outputs.Length} rows, found {each}");
                if (!parameters.TryGetValue(place.Parameter, out BaseParameter? parameter))
                {
                    long[] shape = place.Kind switch
                    {
                        BaseKind.Other => [outputs],
                        BaseKind.Experts => place.InputsFirst ? [tensor.Shape[0], columns, outputs] : [tensor.Shape[0], outputs, columns],
                        _ when place.Turned => [outputs, each],
                        _ => place.InputsFirst ? [columns, outputs] : [outputs, columns],
                    };
                    parameters.Add(place.Parameter, parameter = new BaseParameter(place.Parameter, place.Kind, shape, place.InputsFirst));
                }

                parts.Add(new BasePart(tensor, parameter, each)
                {
                    FirstRow = place.FirstRow, FirstOutput = place.FirstOutput, Step = place.Step, Outputs = place.Outputs, Offset = place.Offset,
                    InputsFirst = place.Turned, Width = place.Turned ? checked((int)columns) : 0,
                });
            }
        }

        return new BaseFiles(new AdapterBase(file.Path, parameters.Values, !file.Has("output.weight")) { Digest = BaseDigest.Of(file) }, parts, "output.weight");
    }
}
