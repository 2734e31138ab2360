// Reads /api/openapi.json and writes it down for people. Text only: nothing of the description is
// ever taken for markup.

const methods = ['get', 'post', 'put', 'patch', 'delete'];

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** What a schema stands for, in one line. */
function nameOf(schema) {
  if (schema === undefined || schema === true) return 'any';
  if (schema.$ref !== undefined) return schema.$ref.split('/').pop();
  const choices = schema.oneOf ?? schema.anyOf ?? schema.allOf;
  if (choices !== undefined) return choices.map(nameOf).join(' | ');
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.type === 'array') return `${nameOf(schema.items)}[]`;
  const type = Array.isArray(schema.type) ? schema.type.join(' | ') : (schema.type ?? 'any');
  return schema.format === undefined ? type : `${type} (${schema.format})`;
}

function fields(schema) {
  const rows = Object.entries(schema.properties ?? {}).map(([name, field]) =>
    element(
      'tr',
      {},
      element('td', {}, element('code', {}, name), schema.required?.includes(name) ? '' : ' ?'),
      element('td', {}, element('code', {}, nameOf(field))),
      element('td', {}, field.description ?? ''),
    ),
  );
  return rows.length === 0 ? null : element('table', {}, ...rows);
}

/** A schema with the fields of the component that it names. */
function shape(api, schema) {
  const name = nameOf(schema);
  const component = api.components.schemas[name.replace(/(\[\])+$/, '')];
  const inner = component ?? schema;
  const table = fields(inner) ?? (inner.allOf === undefined ? null : element('div', {}, ...inner.allOf.map((part) => fields(part) ?? '')));
  return element('div', {}, element('p', {}, element('code', {}, name)), table);
}

function contents(api, content = {}) {
  return Object.entries(content).map(([kind, { schema }]) => {
    const shown = kind === 'application/json' ? null : element('p', {}, kind);
    return element('div', {}, shown, shape(api, schema));
  });
}

function parameters(list = []) {
  if (list.length === 0) return null;
  const rows = list.map((parameter) =>
    element(
      'tr',
      {},
      element('td', {}, element('code', {}, parameter.name), parameter.required ? '' : ' ?'),
      element('td', {}, parameter.in),
      element('td', {}, element('code', {}, nameOf(parameter.schema))),
      element('td', {}, parameter.description ?? ''),
    ),
  );
  return element('div', {}, element('h4', {}, 'Parameters'), element('table', {}, ...rows));
}

function operation(api, path, method, described) {
  const body = described.requestBody;
  const responses = Object.entries(described.responses).map(([status, response]) => {
    const error = !status.startsWith('2') && !status.startsWith('1');
    const inner = error ? [] : contents(api, response.content);
    return element('div', {}, element('p', {}, element('strong', {}, status), ` ${response.description}`), ...inner);
  });
  return element(
    'details',
    { id: described.operationId, 'data-text': `${method} ${path} ${described.summary ?? ''}`.toLowerCase() },
    element(
      'summary',
      {},
      element('span', { class: 'method' }, method.toUpperCase()),
      element('code', {}, path),
      element('span', { class: 'words' }, `  ${described.summary ?? ''}`),
    ),
    element('p', {}, described.description ?? ''),
    parameters(described.parameters),
    body === undefined ? null : element('div', {}, element('h4', {}, 'Body'), ...contents(api, body.content)),
    element('h4', {}, 'Answers'),
    ...responses,
  );
}

function write(api) {
  document.getElementById('about').textContent = `${api.info.description} Version ${api.info.version}.`;
  const sections = (api.tags ?? []).map((tag) => {
    const all = Object.entries(api.paths).flatMap(([path, item]) =>
      methods.filter((method) => item[method]?.tags?.includes(tag.name)).map((method) => [path, method, item[method]]),
    );
    const operations = all.map(([path, method, described]) => operation(api, path, method, described));
    return element('section', {}, element('h2', {}, tag.name), element('p', {}, tag.description ?? ''), ...operations);
  });
  document.getElementById('list').replaceChildren(...sections);
}

function find(words) {
  for (const details of document.querySelectorAll('details')) {
    details.hidden = !details.dataset.text.includes(words.toLowerCase());
  }
}

document.getElementById('find').addEventListener('input', (event) => find(event.target.value));

fetch('/api/openapi.json')
  .then((response) => response.json())
  .then(write)
  .catch((error) => {
    document.getElementById('list').textContent = `The description could not be read: ${error}`;
  });
