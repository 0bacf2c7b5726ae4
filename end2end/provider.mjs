// A real, certified OpenID Connect provider on loopback, with a few accounts. Whoever starts it reads "ready <address>" and kills it when done.
//
// node provider.mjs '{"client":"slipway","secret":"…","back":["http://…/sign-in/callback/company"],"out":["http://…/login"],"ahead":0}'
import { createServer } from "node:http";
import { once } from "node:events";

const { client, secret, back, out, ahead = 0 } = JSON.parse(process.argv[2]);

// A provider whose clock is wrong by so many seconds.
const right = Date.now;
Date.now = () => right() + ahead * 1000;

// Its advice is for people: the output is read by who started it, up to the one line that it waits for.
console.info = console.warn = console.error;

const { default: Provider } = await import("oidc-provider");

const ACCOUNTS = {
  kim: { name: "Kim Okafor", email: "kim@example.com", email_verified: true, groups: ["platform"] },
  robin: { name: "Robin Vale", email: "robin@example.com", email_verified: true, groups: ["platform"] },
  una: { name: "Una Proven", email: "ada@example.com", email_verified: false },
  // In so many groups that they are not named, as Microsoft's provider does it.
  max: {
    name: "Max Many",
    email: "max@example.com",
    email_verified: true,
    _claim_names: { groups: "src1" },
    _claim_sources: { src1: { endpoint: "https://graph.microsoft.com/v1.0/users/max/getMemberObjects" } },
  },
  ada: { name: "Ada Elsewhere", email: "ada@example.com", email_verified: true },
};

const server = createServer().listen(0, "127.0.0.1");
await once(server, "listening");
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: client,
      client_secret: secret,
      redirect_uris: back,
      post_logout_redirect_uris: out,
      grant_types: ["authorization_code"],
      response_types: ["code"],
    },
  ],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"], groups: ["groups"] },
  scopes: ["openid", "email", "profile", "groups"],
  cookies: { keys: ["only for tests"] },
  pkce: { required: () => true },
  features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  findAccount: (_, id) => (id in ACCOUNTS ? { accountId: id, claims: () => ({ sub: id, ...ACCOUNTS[id] }) } : undefined),
});

server.on("request", provider.callback());
console.log(`ready ${issuer}`);
