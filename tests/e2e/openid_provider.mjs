// A real OpenID provider on loopback: oidc-provider with its own log-in pages for development.
// node openid_provider.mjs FOLDER_WITH_NODE_MODULES REDIRECT_URI BACK_URI GROUP
import { createRequire } from "node:module";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

const [folder, redirect, back, group] = process.argv.slice(2);
const found = createRequire(`${folder}/package.json`).resolve("oidc-provider");
const { default: Provider } = await import(pathToFileURL(found).href);

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: "csi",
      client_secret: "practice-secret",
      redirect_uris: [redirect],
      post_logout_redirect_uris: [back],
    }],
    claims: { openid: ["sub"], profile: ["name", "preferred_username"], groups: ["groups"] },
    scopes: ["openid", "profile", "groups"],
    cookies: { keys: ["practice"] },
    findAccount: (_ctx, id) => ({
      accountId: id,
      claims: () => ({ sub: id, name: `Person ${id}`, preferred_username: id, groups: [group] }),
    }),
  });
  server.on("request", provider.callback());
  console.log(issuer);
});
