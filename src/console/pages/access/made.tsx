/** A token that was just made: the only time that it can be read. */
import { Copyable } from '../../ui/copy.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Notice } from '../../ui/notice.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Text } from '../../ui/text.tsx'
import { Time } from '../../ui/time.tsx'
import { ACCESS_PATH, ROLES, type MadeToken } from './words.ts'

export function MadePage({ made: { token, details } }: { made: MadeToken }) {
  const { name, role, expiresAt } = details
  return (
    <>
      <PageHeader title="The token is made" up={{ href: ACCESS_PATH, label: 'Access' }} />
      <Notice tone="wait" isNews>
        Take it along now: it is shown this once. The console keeps only a hash of it.
      </Notice>
      <Panel id="token" title={<Text value={name} />}>
        <p>
          <Copyable text={token} what="the token" />
        </p>
        <Facts
          facts={[
            ['Role', `${role}: ${ROLES[role]}`],
            ['Ends', expiresAt === null ? 'never' : <Time at={expiresAt} />],
            [
              'For the command',
              <>
                <code>SWITCHBOARD_TOKEN</code> in the environment or in <code>.dev.vars</code>
              </>,
            ],
          ]}
        />
        <p class="actions">
          <a class="button" href={ACCESS_PATH}>
            Done
          </a>
        </p>
      </Panel>
    </>
  )
}
