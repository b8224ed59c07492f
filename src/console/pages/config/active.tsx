/** The config that counts now: what to paste into Twilio, who gets what, what is kept, what was before. */
import type { ProblemInit } from '../../api/problem.ts'
import { toVisible } from '../../format/visible.ts'
import { CopyButton } from '../../ui/copy.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Notice } from '../../ui/notice.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Patterns } from '../../ui/patterns.tsx'
import { Empty } from '../../ui/state.tsx'
import { Cell, Row, Table } from '../../ui/table.tsx'
import { EndpointTable } from './endpoints.tsx'
import { HistoryPanel, PublishedBy, type Versions } from './history.tsx'
import { PROBLEMS, type Config } from './words.ts'

interface ConfigPageProps {
  config: Config
  versions: Versions | ProblemInit
  /** The history is shown from its newest. */
  isFirst: boolean
}

export function ConfigPage({ config, versions, isFirst }: ConfigPageProps) {
  const { problem, publication, source, version, publicUrl, endpoints } = config
  return (
    <>
      <PageHeader
        title="Config"
        lede={
          <>
            Version <code class="chip">{version}</code>{' '}
            {publication ? (
              <PublishedBy publication={publication} />
            ) : source === 'deploy' ? (
              'came with the last deploy; nothing was published since.'
            ) : (
              'is published; the history does not say by whom.'
            )}
          </>
        }
      />
      {problem !== null && (
        <Notice tone="bad">
          What is published does not count, because {PROBLEMS[problem]}. The Workers go on with the
          config above. <code>switchboard push</code> publishes a good one, or roll back below.
        </Notice>
      )}
      <Panel id="urls" title="URLs for Twilio">
        {publicUrl === null && (
          <p class="quiet">
            The config has no <code>publicUrl</code>: put the address of your gateway before these
            paths.
          </p>
        )}
        {endpoints.length === 0 ? (
          <Empty
            title="The config has no endpoint."
            hint="Twilio would be answered 404 everywhere."
          />
        ) : (
          <EndpointTable endpoints={endpoints} />
        )}
      </Panel>
      <Panel id="gateway" title="What the gateway uses">
        <div hx-get="/config/gateway" hx-trigger="load" hx-swap="outerHTML">
          <p>
            <a href="/config/gateway">Ask the gateway</a>
            <span class="htmx-indicator" aria-hidden="true">
              {' '}
              <span class="spinner"></span>
            </span>
          </p>
        </div>
      </Panel>
      <TargetsPanel config={config} />
      <HistoryPanel versions={versions} isFirst={isFirst} />
      <WrittenPanel written={config.written} />
    </>
  )
}

function TargetsPanel({ config: { targets, retention, redact } }: { config: Config }) {
  const columns = ['Target', 'URL', 'Kinds', 'Format', 'Secrets'].map((label) => ({ label }))
  return (
    <Panel id="targets" title="Targets and what is kept">
      {targets.length === 0 ? (
        <Empty title="The config has no target." hint="Events are recorded, and go nowhere." />
      ) : (
        <Table caption="Targets" columns={columns}>
          {targets.map(({ name, url, events, format, secrets }) => (
            <Row>
              <Cell isHead label="Target">
                <a href={`/targets/${encodeURIComponent(name)}`}>{name}</a>
              </Cell>
              <Cell label="URL">{url === null ? 'in a secret' : <code>{url}</code>}</Cell>
              <Cell label="Kinds">
                <Patterns events={events} />
              </Cell>
              <Cell label="Format">{format}</Cell>
              <Cell label="Secrets">{secrets.length > 0 && <code>{secrets.join(', ')}</code>}</Cell>
            </Row>
          ))}
        </Table>
      )}
      <Facts
        facts={[
          ['Events are kept for', retention],
          [
            'Kept as a hash only',
            redact.length === 0 ? 'nothing' : <code>{redact.join(', ')}</code>,
          ],
        ]}
      />
    </Panel>
  )
}

/** More than a config can have: KV and the deploy end before. */
const MAX_CHARS = 1_000_000

export function WrittenPanel({ written }: { written: Config['written'] }) {
  const text = JSON.stringify(written, null, 2)
  return (
    <Panel
      id="written"
      title="As it is written"
      aside={<CopyButton text={text} what="the config" />}
    >
      <p class="quiet">Secrets are names here; their values are nowhere in the config.</p>
      <details id="written-text">
        <summary>The whole document</summary>
        <pre tabindex={0}>{toVisible(text, MAX_CHARS).text}</pre>
      </details>
    </Panel>
  )
}
