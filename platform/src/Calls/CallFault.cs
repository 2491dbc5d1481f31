using Polly;

namespace Souk.Platform.Calls;

static class CallFault
{
    /// <summary>
    /// Whether this is what a call throws while its callee, or the way there, is at fault: expected, and logged by its message
    /// alone, because whoever asks again and again would pay for a stack each time. Anything else is a bug here.
    /// </summary>
    public static bool Is(Exception error) =>
        error is HttpRequestException or OperationCanceledException or ExecutionRejectedException or DeadlineExceededException;
}
