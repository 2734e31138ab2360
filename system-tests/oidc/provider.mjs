// The certified `oidc-provider` with the paths, claims and administration of a Keycloak realm, and a
// door by which a test turns keys over, changes people and has tokens signed. Only for tests: it
// listens on this machine alone, and forgets everything when it ends.
//
//   node provider.mjs '{"site": "http://127.0.0.1:8080", "port": 0}'
//
// prints `listening on http://127.0.0.1:PORT` and ends with its standard input.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import http from 'node:http';
import { SignJWT, createLocalJWKSet, exportJWK, importJWK, jwtVerify } from 'jose';
import { Provider } from 'oidc-provider';

const { site, port = 0 } = JSON.parse(process.argv[2] ?? '{}');
const REALM = '/realms/ent';
const PROTOCOL = '/protocol/openid-connect';
const API = 'microlearn-api';
const CLIENT = { id: 'microlearn', secret: 'a-secret-of-the-client' };

/** Everything that a test may change. */
const state = {
  away: false,
  people: {
    alice: person('u-alice', 'Alice Alaoui', ['enseignant'], ['/cours/INF-201']),
    bob: person('u-bob', 'Bob Bennani', ['etudiant'], []),
    root: person('u-root', 'Root', ['administrateur'], []),
    nobody: person('u-nobody', 'Nobody', ['offline_access'], []),
  },
  keys: [],
  published: [],
  reached: [],
};

function person(sub, name, roles, groups) {
  return { sub, name, roles, groups, enabled: true, password: 'pw' };
}

function bySub(sub) {
  return Object.entries(state.people).find(([, one]) => one.sub === sub);
}

async function key(kid, use = 'sig') {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const alg = use === 'sig' ? 'RS256' : 'RSA-OAEP';
  return { ...(await exportJWK(privateKey)), kid, use, alg };
}

function publicPart({ kty, n, e, kid, use, alg }) {
  return { kty, n, e, kid, use, alg };
}

/** What Keycloak's scopes `profile` and `roles` put into tokens. */
function claims(username) {
  const one = state.people[username];
  return {
    preferred_username: username,
    name: one.name,
    realm_access: { roles: [...one.roles, 'default-roles-ent'] },
    groups: one.groups,
  };
}

state.keys.push(await key('k1'));
state.published.push(...state.keys.map(publicPart), publicPart(await key('enc', 'enc')));

const server = http.createServer();
await new Promise((ready) => server.listen(port, '127.0.0.1', ready));
const base = `http://127.0.0.1:${server.address().port}`;
const issuer = base + REALM;

const grants = ['authorization_code', 'refresh_token', 'client_credentials'];
const resource = 'urn:microlearn:api';
const provider = new Provider(issuer, {
  jwks: { keys: state.keys },
  cookies: { keys: [randomBytes(16).toString('hex')] },
  clients: [
    {
      client_id: CLIENT.id,
      client_secret: CLIENT.secret,
      redirect_uris: [`${site}/auth/callback`],
      post_logout_redirect_uris: [`${site}/login`],
      grant_types: grants,
      backchannel_logout_uri: `${site}/auth/backchannel-logout`,
      backchannel_logout_session_required: true,
    },
    {
      client_id: 'lab',
      client_secret: 'a-secret-of-the-lab',
      redirect_uris: [],
      response_types: [],
      grant_types: ['client_credentials'],
    },
  ],
  // The default refuses to call this very machine, as it should elsewhere.
  fetch: (url, { dispatcher: _, ...options }) => globalThis.fetch(url, options),
  pkce: { required: () => true },
  routes: {
    authorization: `${PROTOCOL}/auth`,
    token: `${PROTOCOL}/token`,
    userinfo: `${PROTOCOL}/userinfo`,
    jwks: `${PROTOCOL}/certs`,
    end_session: `${PROTOCOL}/logout`,
  },
  findAccount: async (_, sub) => {
    const found = bySub(sub);
    if (!found || !found[1].enabled) return undefined;
    return { accountId: sub, claims: async () => ({ sub, ...claims(found[0]) }) };
  },
  claims: {
    openid: ['sub', 'sid'],
    profile: ['preferred_username', 'name'],
    email: ['email'],
  },
  scopes: ['openid', 'profile', 'email'],
  conformIdTokenClaims: false,
  issueRefreshToken: async (_, client) => client.grantTypeAllowed('refresh_token'),
  rotateRefreshToken: true,
  extraTokenClaims: async (_, token) => ({
    typ: 'Bearer',
    azp: token.clientId,
    ...(token.accountId
      ? { sid: token.sessionUid, ...claims(bySub(token.accountId)[0]) }
      : {
          preferred_username: `service-account-${token.clientId}`,
          realm_access: { roles: ['default-roles-ent'] },
        }),
  }),
  loadExistingGrant: async ({ oidc }) => {
    const grant = new oidc.provider.Grant({
      clientId: oidc.client.clientId,
      accountId: oidc.session.accountId,
    });
    grant.addOIDCScope('openid profile email');
    grant.addResourceScope(resource, 'openid profile email');
    await grant.save();
    return grant;
  },
  interactions: { url: (_, interaction) => `${REALM}/login/${interaction.uid}` },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      // Whoever comes with a token of their own is not asked again, as at Keycloak.
      logoutSource: (context, form) => {
        const yes = '<input type="hidden" name="logout" value="yes"></form>';
        const sent = form.replace('</form>', yes);
        context.body = `${sent}<script>document.forms[0].submit()</script>`;
      },
    },
    resourceIndicators: {
      enabled: true,
      defaultResource: async () => resource,
      useGrantedResource: async () => true,
      getResourceServerInfo: async () => ({
        scope: 'openid profile email',
        audience: API,
        accessTokenTTL: 300,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'RS256' } },
      }),
    },
  },
});
provider.proxy = true;
provider.on('backchannel.error', (_, error) => console.error('back channel', error));
const speak = provider.callback();

async function body(request) {
  let text = '';
  for await (const piece of request) text += piece;
  return text;
}

/** The page where people sign in. */
async function signIn(request, response) {
  if (request.method === 'GET') {
    response.setHeader('content-type', 'text/html');
    response.end(
      `<form method="post" action="${request.url}"><input name="username">` +
        '<input name="password" type="password"><button>Sign in</button></form>',
    );
    return;
  }
  const form = new URLSearchParams(await body(request));
  const one = state.people[form.get('username')];
  if (!one || !one.enabled || one.password !== form.get('password')) {
    response.statusCode = 401;
    response.end('wrong');
    return;
  }
  const login = { login: { accountId: one.sub } };
  await provider.interactionFinished(request, response, login, { mergeWithLastSubmission: false });
}

function answer(response, status, value) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(value === undefined ? '' : JSON.stringify(value));
}

/** What a client with a service account may ask of the realm's users, as Keycloak's Admin REST API. */
async function administration(request, response, parts) {
  const token = (request.headers.authorization ?? '').replace(/^Bearer /, '');
  const set = createLocalJWKSet({ keys: state.published });
  const known = await jwtVerify(token, set, { issuer }).catch(() => undefined);
  if (known?.payload.azp !== CLIENT.id) return answer(response, 403, { error: 'forbidden' });
  if (parts[0] === 'roles') {
    return answer(response, 200, { id: `id-of-${parts[1]}`, name: parts[1] });
  }
  if (parts.length === 1 && request.method === 'POST') return create(request, response);
  const found = bySub(parts[1]);
  if (!found) return answer(response, 404, { error: 'User not found' });
  const [username, one] = found;
  const sent = request.method === 'GET' ? undefined : JSON.parse((await body(request)) || 'null');
  const rest = parts.slice(2).join('/');
  if (rest === '' && request.method === 'PUT') {
    one.enabled = sent.enabled;
    return answer(response, 204);
  }
  if (rest === '') return answer(response, 200, { id: one.sub, username, enabled: one.enabled });
  if (rest === 'groups') return answer(response, 200, one.groups.map((path) => ({ path })));
  if (rest === 'reset-password') {
    one.password = sent.value;
    return answer(response, 204);
  }
  if (rest.startsWith('role-mappings/realm')) {
    const names = (sent ?? []).map((role) => role.name);
    if (request.method === 'POST') one.roles = [...new Set([...one.roles, ...names])];
    if (request.method === 'DELETE') one.roles = one.roles.filter((role) => !names.includes(role));
    if (request.method !== 'GET') return answer(response, 204);
    return answer(response, 200, one.roles.map((name) => ({ id: `id-of-${name}`, name })));
  }
  return answer(response, 404, { error: 'not here' });
}

async function create(request, response) {
  const sent = JSON.parse(await body(request));
  if (state.people[sent.username]) return answer(response, 409, { errorMessage: 'User exists' });
  const one = person(`u-${sent.username}`, sent.firstName ?? sent.username, [], []);
  one.password = sent.credentials?.[0]?.value ?? 'pw';
  one.temporary = sent.credentials?.[0]?.temporary;
  state.people[sent.username] = one;
  response.setHeader('location', `${base}/admin${REALM}/users/${one.sub}`);
  return answer(response, 201);
}

/** A token with any header and claims, signed by a key of the realm or by one that nobody knows. */
async function signed({ header = {}, claims: said = {}, stranger = false }) {
  const signing = stranger ? await key('stranger') : state.keys[0];
  const token = new SignJWT(said);
  token.setProtectedHeader({ alg: 'RS256', kid: signing.kid, ...header });
  return token.sign(await importJWK(signing, 'RS256'));
}

const DOOR = {
  '/test/sign': async (asked) => ({ token: await signed(asked) }),
  '/test/person': ({ username, ...change }) => Object.assign(state.people[username], change),
  '/test/away': ({ away }) => Object.assign(state, { away }),
  '/test/people': () => state.people,
  '/test/public': () => ({ keys: state.published }),
  '/test/reached': () => ({ certs: state.reached.filter((url) => url.endsWith('/certs')).length }),
  // A new key signs; the old one is published beside it, or not any more.
  '/test/turn': async ({ kid, forget = false }) => {
    const fresh = await key(kid);
    state.keys.unshift(fresh);
    const rest = forget ? [] : state.published;
    state.published = [publicPart(fresh), ...rest];
    return {};
  },
};

async function route(request, response) {
  const { pathname } = new URL(request.url, base);
  const door = DOOR[pathname];
  if (door) return answer(response, 200, await door(JSON.parse((await body(request)) || '{}')));
  if (state.away) return request.socket.destroy();
  if (pathname === '/favicon.ico') return answer(response, 204);
  state.reached.push(pathname);
  const admin = `/admin${REALM}/`;
  if (pathname.startsWith(admin)) {
    const parts = pathname.slice(admin.length).split('/').map(decodeURIComponent);
    return administration(request, response, parts);
  }
  if (pathname === `${REALM}${PROTOCOL}/certs`) {
    return answer(response, 200, { keys: state.published });
  }
  if (pathname.startsWith(`${REALM}/login/`)) return signIn(request, response);
  if (!pathname.startsWith(`${REALM}/`)) return answer(response, 404, { error: 'not here' });
  request.originalUrl = request.url;
  request.url = request.url.slice(REALM.length);
  return speak(request, response);
}

server.on('request', (request, response) => {
  route(request, response).catch((error) => {
    console.error(error);
    if (!response.headersSent) answer(response, 500, { error: String(error) });
  });
});
console.log(`listening on ${base}`);
// Whoever started it has gone.
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
