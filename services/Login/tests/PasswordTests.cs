using System.Buffers.Binary;
using System.Net;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Souk.Login.Accounts;

namespace Souk.Login.Tests;

public sealed class PasswordTests
{
    [Theory]
    [InlineData("1234567")]
    [InlineData("Passwor")]
    [InlineData("password1")]
    [InlineData("PASSWORD123")]
    [InlineData("1q2w3e4r5t")]
    [InlineData("amal@example.com")]
    public async Task What_is_short_or_tried_first_is_refused(string password)
    {
        await using var login = await LoginUnderTest.StartAsync(Engine.Sqlite);
        var answer = await login.Browser().FillAsync("/account/register", ("email", "amal@example.com"), ("password", password));
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Empty(await login.Service.EventsAsync("notifications"));
    }

    [Theory]
    [InlineData("a sentence of more than sixty four characters is easy to remember and good")]
    [InlineData("  spaces around  ")]
    [InlineData("пароль-на-рынке")]
    [InlineData("سوق العطارين القديم")]
    [InlineData("🧵🪡🏺🫖🕌🧿🪔🧶")]
    public async Task Long_ones_spaces_and_letters_of_every_script_are_taken_unchanged(string password)
    {
        await using var login = await LoginUnderTest.StartAsync(Engine.Sqlite);
        await login.RegisterAsync("amal@example.com", password);
        await login.SignInAsync("amal@example.com", password);
        var trimmed = await login.Browser().FillAsync("/account/signin", ("email", "amal@example.com"), ("password", password.Trim()[..^1]));
        Assert.Equal(HttpStatusCode.BadRequest, trimmed.Status);
    }

    [Fact]
    public void About_a_thousand_of_the_commonest_are_known()
    {
        using var stream = typeof(Passwords).Assembly.GetManifestResourceStream("assets/commonest-passwords.txt")!;
        using var reader = new StreamReader(stream);
        var all = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.InRange(all.Length, 900, 1100);
        Assert.All(all, password => Assert.NotNull(Passwords.Refuse(password, null)));
    }

    [Fact]
    public async Task Fewer_rounds_than_are_safe_do_not_start()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            LoginUnderTest.StartAsync(Engine.Sqlite, new Dictionary<string, string?> { ["Login:HashRounds"] = "100000" }));
        Assert.Contains("220000", error.Message, StringComparison.Ordinal);
    }

    [Theory, EveryEngine]
    public async Task An_old_hash_is_made_anew_at_the_next_login(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        await login.RegisterAsync("amal@example.com");
        var old = new PasswordHasher<Account>(Options.Create(new PasswordHasherOptions { IterationCount = 100_000 }));
        await WithAccountAsync(login, async (accounts, account) =>
        {
            Assert.Equal((2, 220_000), PrfAndRounds(account.PasswordHash!));
            account.PasswordHash = old.HashPassword(account, LoginUnderTest.Password);
            await accounts.UpdateAsync(account);
        });
        await login.SignInAsync("amal@example.com");
        await WithAccountAsync(login, (_, account) =>
        {
            Assert.Equal((2, 220_000), PrfAndRounds(account.PasswordHash!));
            return Task.CompletedTask;
        });
    }

    static async Task WithAccountAsync(LoginUnderTest login, Func<UserManager<Account>, Account, Task> work)
    {
        await using var scope = login.Service.App.Services.CreateAsyncScope();
        var accounts = scope.ServiceProvider.GetRequiredService<UserManager<Account>>();
        await work(accounts, (await accounts.FindByEmailAsync("amal@example.com"))!);
    }

    /// <summary>Identity's format: a mark, the function (2: HMAC-SHA512), the rounds.</summary>
    static (int Prf, int Rounds) PrfAndRounds(string hash)
    {
        var bytes = Convert.FromBase64String(hash);
        return (BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(1)), BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(5)));
    }
}
