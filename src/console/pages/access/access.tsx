/** Who is looking and what they may do; for operators the tokens of programs, and the last changes. */
import type { Identity } from '../../access/identity.ts'
import { Facts } from '../../ui/facts.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Text } from '../../ui/text.tsx'
import { AuditTable } from './audit.tsx'
import { TokensPanel, type RefusedForm } from './tokens.tsx'
import { AUDIT_PATH, ROLES, VIAS, type AuditEntry, type Token } from './words.ts'

interface AccessPageProps {
  identity: Identity
  /** Null: for operators only. */
  tokens: readonly Token[] | null
  audit: readonly AuditEntry[] | null
  form?: RefusedForm | undefined
}

export function AccessPage({ identity, tokens, audit, form }: AccessPageProps) {
  const { actor, via, role } = identity
  return (
    <>
      <PageHeader title="Access" lede="Who may look, who may change something, and who did." />
      <Panel id="you" title="You">
        <Facts
          facts={[
            ['Name', <Text value={actor} />],
            ['Known by', VIAS[via]],
            ['Role', `${role}: ${ROLES[role]}`],
          ]}
        />
        {role === 'viewer' && (
          <p class="quiet">
            Tokens and the list of changes are for operators. An operator can give you the role.
          </p>
        )}
      </Panel>
      {tokens && <TokensPanel tokens={tokens} form={form} />}
      {audit && (
        <Panel id="changes" title="Last changes" aside={<a href={AUDIT_PATH}>All changes</a>}>
          <AuditTable entries={audit} />
        </Panel>
      )}
    </>
  )
}
