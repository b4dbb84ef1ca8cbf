// Calls Neon's SDKs as the Go test says that started it: one call on each line of standard input, as JSON, and on
// standard output one line with what became of it. The packages are found from the working directory.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { createNeonClient, raw } from "@neon/sdk";

// @neondatabase/api-client is CommonJS and does not name its exports in a way that import sees.
const { createApiClient } = createRequire(import.meta.url)(process.cwd() + "/node_modules/@neondatabase/api-client");

const clients = {
  // The generated client with axios: calls have the arguments of the path first, then the body.
  "api-client": async ({ baseURL, key, call, args }) => {
    const api = createApiClient({ apiKey: key || null, baseURL, timeout: 30_000 });
    try {
      const answer = await api[call](...args);
      return { status: answer.status, data: answer.data, requestID: answer.headers["x-request-id"] };
    } catch (error) {
      return { error: { name: error.name, code: error.code, message: error.message }, ...refusal(error.response?.status, error.response?.data, error.response?.headers) };
    }
  },
  // The generated functions of the new SDK: one argument with path, query and body.
  raw: async ({ baseURL, key, call, args }) => {
    const client = raw.createClient({ baseUrl: baseURL, auth: key });
    const { data, error, response } = await raw[call]({ client, ...args[0] });
    if (error) return neonError(error);
    return { status: response.status, data, requestID: response.headers.get("x-request-id") };
  },
  // The new SDK's own methods, by path, like projects.members.setRole. A list is read to its end.
  sdk: async ({ baseURL, key, call, args, options }) => {
    const neon = createNeonClient({ apiKey: key, baseUrl: baseURL, retries: 0, ...options });
    const names = call.split(".");
    const method = names.pop();
    const resource = names.reduce((parent, name) => parent[name], neon);
    let outcome = resource[method](...args);
    if (typeof outcome.all === "function") outcome = outcome.all();
    const { data, error } = await outcome;
    return error ? neonError(error) : { data };
  },
};

const refusal = (status, body, headers) => ({ status, body, requestID: headers?.["x-request-id"], retryAfter: headers?.["retry-after"] });

const neonError = (error) => ({
  error: { name: error.name, kind: error.kind, code: error.code, message: error.message, requestID: error.requestId },
  ...refusal(error.status, error.body, error.response && Object.fromEntries(error.response.headers)),
});

// walk reads all pages of members and says what matters of them, for a page size and an order.
const walk = async ({ client, baseURL, key, orgID, query }) => {
  const ids = [];
  const sizes = [];
  let cursor;
  do {
    const parameters = { ...query, cursor };
    const call = client === "raw"
      ? { baseURL, key, call: "getOrganizationMembers", args: [{ path: { org_id: orgID }, query: parameters }] }
      : { baseURL, key, call: "getOrganizationMembers", args: [{ orgId: orgID, ...parameters }] };
    const answer = await clients[client](call);
    if (answer.error) return answer;
    const { members, pagination } = answer.data;
    if (cursor !== undefined && cursor === pagination.next) return { error: { message: "the same cursor again" } };
    cursor = pagination.next;
    if (!cursor && "next" in pagination) return { error: { message: "the last page has a next one, which is " + JSON.stringify(cursor) } };
    for (const name of ["sort_by", "sort_order"]) {
      if (query[name] !== undefined && pagination[name] !== query[name]) return { error: { message: `${name} comes back as ${pagination[name]}` } };
    }
    sizes.push(members.length);
    for (const { member } of members) ids.push(member.id);
  } while (cursor !== undefined && ids.length < 10_000);
  return { data: { ids, sizes } };
};

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  let result;
  try {
    result = request.call === "walk" ? await walk(request) : await clients[request.client](request);
  } catch (error) {
    result = { thrown: String(error?.stack ?? error) };
  }
  process.stdout.write(JSON.stringify(result) + "\n");
}
