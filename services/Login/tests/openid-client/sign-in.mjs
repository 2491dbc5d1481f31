// An OpenID Connect client that is not ours: openid-client of npm. It says where a browser is to go, reads where the browser
// came back, and tells what it was given: one JSON object a line.
import * as client from "openid-client";
import { createInterface } from "node:readline/promises";

const [issuer, clientId, redirect] = process.argv.slice(2);
const say = (what) => console.log(JSON.stringify(what));
const refused = (grant) => grant.then(() => "accepted", (error) => error.error ?? String(error));

const config = await client.discovery(new URL(issuer), clientId, undefined, client.None(), { execute: [client.allowInsecureRequests] });
const pkceCodeVerifier = client.randomPKCECodeVerifier();
const expectedState = client.randomState();
const expectedNonce = client.randomNonce();
say({
  go: client.buildAuthorizationUrl(config, {
    redirect_uri: redirect,
    scope: "openid email offline_access",
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    state: expectedState,
    nonce: expectedNonce,
  }).href,
});

const input = createInterface({ input: process.stdin });
const [back] = await new Promise((resolve) => input.once("line", (line) => resolve([line])));
input.close();
const first = await client.authorizationCodeGrant(config, new URL(back), { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true });
const person = await client.fetchUserInfo(config, first.access_token, first.claims().sub);
const second = await client.refreshTokenGrant(config, first.refresh_token);
say({
  subject: first.claims().sub,
  email: person.email,
  rotated: first.refresh_token !== second.refresh_token,
  reused: await refused(client.refreshTokenGrant(config, first.refresh_token)),
  family: await refused(client.refreshTokenGrant(config, second.refresh_token)),
});
