using System.Text.Json.Serialization;

namespace Souk.Payment;

/// <summary>Published when how a payment stands has changed without its order having asked.</summary>
sealed record PaymentChanged(string OrderId, string State, int Attempt);

/// <summary>JSON of the service's own requests, answers and events.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(AuthorizeRequest))]
[JsonSerializable(typeof(CaptureRequest))]
[JsonSerializable(typeof(VoidRequest))]
[JsonSerializable(typeof(RefundRequest))]
[JsonSerializable(typeof(PageRequest))]
[JsonSerializable(typeof(PaymentAnswer))]
[JsonSerializable(typeof(PaymentView))]
[JsonSerializable(typeof(PageView))]
[JsonSerializable(typeof(ReconciliationView))]
[JsonSerializable(typeof(PaymentChanged))]
sealed partial class PaymentJson : JsonSerializerContext;
