/** What was published, the newest first. */
import type { ProblemInit } from '../../api/problem.ts'
import { Badge } from '../../ui/badge.tsx'
import { useIsOperator } from '../../ui/frame.ts'
import { Pager } from '../../ui/pager.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Empty, ProblemState } from '../../ui/state.tsx'
import { Cell, Row, Table } from '../../ui/table.tsx'
import { Text } from '../../ui/text.tsx'
import { Time } from '../../ui/time.tsx'
import {
  CONFIG_PATH,
  HOWS,
  STANDINGS,
  toDiffPath,
  toRollbackPath,
  toVersionPath,
  type Publication,
} from './words.ts'

export interface Versions {
  items: Publication[]
  next: string | null
}

interface HistoryPanelProps {
  versions: Versions | ProblemInit
  isFirst: boolean
}

export function HistoryPanel({ versions, isFirst }: HistoryPanelProps) {
  return (
    <Panel
      id="history"
      title="History"
      aside={<a href={`${CONFIG_PATH}/diff`}>Compare two versions</a>}
    >
      {'code' in versions ? (
        <ProblemState problem={versions} />
      ) : (
        <History versions={versions} isFirst={isFirst} />
      )}
    </Panel>
  )
}

const COLUMNS = ['Version', 'Published', 'By', 'Why', 'State', 'Actions'].map((label) => ({
  label,
}))

function History({ versions: { items, next }, isFirst }: { versions: Versions; isFirst: boolean }) {
  if (items.length === 0 && isFirst) {
    return (
      <Empty
        title="Nothing was published yet."
        hint="A deploy carries the config; switchboard push publishes one without a deploy, and keeps each."
      />
    )
  }
  return (
    <>
      <Table caption="Published configs" columns={COLUMNS}>
        {items.map((publication) => (
          <Entry publication={publication} />
        ))}
      </Table>
      <Pager
        label="History"
        first={isFirst ? null : `${CONFIG_PATH}#history`}
        next={next === null ? null : `${CONFIG_PATH}?cursor=${encodeURIComponent(next)}#history`}
      />
    </>
  )
}

const MAX_BY_CHARS = 40

function Entry({ publication }: { publication: Publication }) {
  const { id, version, at, by, how, message, standing } = publication
  const { tone, word } = STANDINGS[standing]
  const isLive = standing === 'live'
  return (
    <Row>
      <Cell isHead label="Version" class="tight">
        <a href={toVersionPath(id)}>
          <code>{version}</code>
        </a>
      </Cell>
      <Cell label="Published" class="tight">
        {HOWS[how]} <Time at={at} />
      </Cell>
      <Cell label="By" class="tight">
        <Text value={by} max={MAX_BY_CHARS} />
      </Cell>
      <Cell label="Why">{message !== null && <Text value={message} />}</Cell>
      <Cell label="State">
        <Badge tone={tone}>{word}</Badge>
      </Cell>
      <Cell label="Actions">
        {!isLive && (
          <span class="actions">
            <a href={toDiffPath(id, 'live')}>
              Compare<span class="unseen"> {version} with what is live</span>
            </a>
            {useIsOperator() && (
              <a href={toRollbackPath(id)}>
                Roll back…<span class="unseen"> to {version}</span>
              </a>
            )}
          </span>
        )}
      </Cell>
    </Row>
  )
}

/** Goes on with a sentence: `Version … pushed by …`. */
export function PublishedBy({
  publication: { how, by, at, message },
}: {
  publication: Publication
}) {
  return (
    <>
      was {HOWS[how]} by <Text value={by} />, <Time at={at} />
      {message === null ? '.' : ': '}
      {message !== null && <Text value={message} />}
    </>
  )
}
