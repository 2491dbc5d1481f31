using System.Net;
using System.Text;
using System.Text.Json;

namespace Souk.Notifications.Tests;

/// <summary>Login as Notifications meets it: its feed, and the mails that it is asked for.</summary>
public sealed class FakeLogin
{
    /// <summary>Events are added here.</summary>
    public FakeFeed Feed { get; } = new("login");

    /// <summary>What it answers of each mail; of others it knows nothing.</summary>
    public Dictionary<string, object> Mails { get; } = [];

    /// <summary>Whether it answers. Default: true.</summary>
    public bool Up { get; set; } = true;

    /// <summary>A mail is wanted.</summary>
    public void Want(string mailId, string kind, string link, DateTimeOffset expiresAt)
    {
        Mails[mailId] = new { mailId, kind, locale = "en", address = "amal@example.com", link, expiresAt };
        Feed.Add("AccountMailWanted", mailId, JsonSerializer.Serialize(new { mailId, kind, locale = "en" }));
    }

    /// <summary>For one client, which disposes of it.</summary>
    public HttpMessageHandler Handler() => new Answers(this);

    sealed class Answers(FakeLogin login) : DelegatingHandler(login.Feed.Network("login"))
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var path = request.RequestUri!.AbsolutePath;
            if (!path.StartsWith("/internal/mails/", StringComparison.Ordinal)) return base.SendAsync(request, cancellationToken);
            if (!login.Up) throw new HttpRequestException(HttpRequestError.ConnectionError, "Login is down.");
            return Task.FromResult(login.Mails.TryGetValue(path["/internal/mails/".Length..], out var mail)
                ? new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(JsonSerializer.Serialize(mail), Encoding.UTF8, "application/json") }
                : new HttpResponseMessage(HttpStatusCode.NotFound));
        }
    }
}
