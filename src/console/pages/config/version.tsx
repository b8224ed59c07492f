/** One published config: when, by whom, why, and the document. */
import { Badge } from '../../ui/badge.tsx'
import { Facts } from '../../ui/facts.tsx'
import { useIsOperator } from '../../ui/frame.ts'
import { PageHeader } from '../../ui/page-header.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Text } from '../../ui/text.tsx'
import { Time } from '../../ui/time.tsx'
import { WrittenPanel } from './active.tsx'
import {
  CONFIG_PATH,
  HOWS,
  STANDINGS,
  toDiffPath,
  toRollbackPath,
  toVersionPath,
  type Config,
  type Publication,
} from './words.ts'

interface VersionPageProps {
  publication: Publication
  written: Config['written']
}

export function VersionPage({ publication, written }: VersionPageProps) {
  const { id, version, at, by, how, message, replaces, restores, standing } = publication
  const { tone, word } = STANDINGS[standing]
  const isLive = standing === 'live'
  return (
    <>
      <PageHeader title={`Version ${version}`} up={{ href: CONFIG_PATH, label: 'Config' }}>
        {!isLive && (
          <a class="button" href={toDiffPath(id, 'live')}>
            Compare with what is live
          </a>
        )}
        {!isLive && useIsOperator() && (
          <a class="button is-bad" href={toRollbackPath(id)}>
            Roll back to this…
          </a>
        )}
      </PageHeader>
      <Panel id="publication" title="Publication">
        <Facts
          facts={[
            ['State', <Badge tone={tone}>{word}</Badge>],
            ['Published', <Time at={at} />],
            ['How', HOWS[how]],
            ['By', <Text value={by} />],
            ...(message === null ? [] : [['Why', <Text value={message} />] as const]),
            ['Instead of', replaces === null ? 'nothing' : <code>{replaces}</code>],
            ...(restores === null
              ? []
              : [['Went back to', <a href={toVersionPath(restores)}>{restores}</a>] as const]),
          ]}
        />
      </Panel>
      <WrittenPanel written={written} />
    </>
  )
}
