/** The endpoints with the URLs that Twilio has to call. */
import { Copyable } from '../../ui/copy.tsx'
import { Cell, Row, Table } from '../../ui/table.tsx'
import { REPLIES, type Config } from './words.ts'

type Endpoint = Config['endpoints'][number]

const COLUMNS = ['Endpoint', 'URL', 'Kind', 'Answers with'].map((label) => ({ label }))

export function EndpointTable({ endpoints }: { endpoints: readonly Endpoint[] }) {
  return (
    <Table caption="URLs for Twilio" columns={COLUMNS}>
      {endpoints.map((endpoint) => (
        <Row>
          <Cell isHead label="Endpoint">
            {endpoint.name}
          </Cell>
          <Cell label="URL">
            <Address endpoint={endpoint} />
          </Cell>
          <Cell label="Kind">
            {endpoint.kind === null ? (
              <span class="quiet">from the parameters</span>
            ) : (
              <code>{endpoint.kind}</code>
            )}
          </Cell>
          <Cell label="Answers with">{toReplies(endpoint)}</Cell>
        </Row>
      ))}
    </Table>
  )
}

function Address({ endpoint: { name, path, url, isPrefix } }: { endpoint: Endpoint }) {
  if (url === null) return <code>{path}</code>
  return (
    <>
      <Copyable text={url} what={`the URL of ${name}`} />
      {isPrefix && <span class="hint"> and everything below it</span>}
    </>
  )
}

/** Each sort once, in order. */
function toReplies({ replies }: Endpoint): string {
  if (replies.length === 0) return "the kind's default"
  return [...new Set(replies.map((reply) => REPLIES[reply]))].join(', or ')
}
