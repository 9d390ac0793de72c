/** @jsxRuntime automatic @jsxImportSource hono/jsx -- here too: tsx reads the tsconfig.json of where it is started */
import type { JsonSchema, OpenApiDocument, OpenApiOperation } from '../openapi.ts';
import { Layout, pageText } from './layout.tsx';

/** The API as a page: its operations by group, then the schemas they speak of. */
export function referencePage(document: OpenApiDocument): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );
  return pageText(
    <Layout title="API · Ratchet" current="/api/v1/reference">
      <h1>The API of Ratchet</h1>
      <p class="soft">
        Version {document.info.version}. The same for programs: <a href="/api/v1/openapi.json">openapi.json</a>.
      </p>
      <p>
        <Prose text={document.info.description} />
      </p>
      {document.tags.map(({ name }) => (
        <section>
          <h2>{name}</h2>
          {operations
            .filter(({ operation }) => operation.tags.includes(name))
            .map((each) => (
              <OperationCard {...each} />
            ))}
        </section>
      ))}
      <h2>Schemas</h2>
      {Object.entries(document.components.schemas).map(([name, schema]) => (
        <details class="card" id={name}>
          <summary>
            <code>{name}</code>
          </summary>
          <Fields schema={schema} />
        </details>
      ))}
    </Layout>,
  );
}

function OperationCard({ method, path, operation }: { method: string; path: string; operation: OpenApiOperation }) {
  const { parameters = [], requestBody, responses } = operation;
  const body = requestBody?.content['application/json']?.schema;
  return (
    <article class="card" id={operation.operationId}>
      <h3>
        <code>
          {method.toUpperCase()} /api/v1{path}
        </code>{' '}
        <span class="badge">{operation['x-ratchet-access']}</span>
      </h3>
      <p>
        <Prose text={operation.summary} />
      </p>
      {parameters.length > 0 && (
        <Rows
          heading="Parameter"
          rows={parameters.map(({ name, in: place, required, schema, description }) => ({
            name: `${name} (${place})`,
            ...{ isRequired: required, schema, description },
          }))}
        />
      )}
      {body && (
        <p>
          Body: <TypeOf schema={body} />
        </p>
      )}
      <div class="scroll">
        <table class="cards">
          <Head names={['Status', 'Answer', 'When']} />
          <tbody>
            {Object.entries(responses).map(([status, { description, content }]) => (
              <tr>
                <th scope="row">{status}</th>
                <td>
                  <TypeOf schema={Object.values(content)[0]?.schema ?? {}} />
                </td>
                <td>
                  <Prose text={description} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </article>
  );
}

function Fields({ schema: { properties = {}, required = [] } }: { schema: JsonSchema }) {
  const rows = Object.entries(properties).map(([name, schema]) => ({
    ...{ name, isRequired: required.includes(name), schema, description: schema.description },
  }));
  return <Rows heading="Field" rows={rows} />;
}

interface Row {
  name: string;
  isRequired: boolean;
  schema: JsonSchema;
  description: string | undefined;
}

function Rows({ heading, rows }: { heading: string; rows: readonly Row[] }) {
  return (
    <div class="scroll">
      <table class="cards">
        <Head names={[heading, 'Type', 'Meaning']} />
        <tbody>
          {rows.map(({ name, isRequired, schema, description }) => (
            <tr>
              <th scope="row">
                <code>{name}</code>
              </th>
              <td>
                <TypeOf schema={schema} />
              </td>
              <td>
                {isRequired ? '' : 'Optional. '}
                <Prose text={description ?? ''} />
                {schema.properties && <Fields schema={schema} />}
                {schema.items?.properties && <Fields schema={schema.items} />}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Head({ names }: { names: readonly string[] }) {
  return (
    <thead>
      <tr>
        {names.map((name) => (
          <th scope="col">{name}</th>
        ))}
      </tr>
    </thead>
  );
}

/** What is between backticks is code, as in the texts for programs. */
function Prose({ text }: { text: string }) {
  return <>{text.split('`').map((part, index) => (index % 2 === 1 ? <code>{part}</code> : part))}</>;
}

function TypeOf({ schema }: { schema: JsonSchema }) {
  const { $ref, items, type = 'anything', const: only } = schema;
  if ($ref !== undefined) {
    const name = $ref.split('/').at(-1);
    return <a href={`#${name}`}>{name}</a>;
  }
  if (items !== undefined)
    return (
      <>
        list of <TypeOf schema={items} />
      </>
    );
  if (only !== undefined) return <code>{JSON.stringify(only)}</code>;
  if (schema.enum !== undefined) return <>{schema.enum.map(String).join(', ')}</>;
  return <>{type}</>;
}
