/** The tokens of programs: which there are, a new one, and the end of one. */
import type { ProblemInit } from '../../api/problem.ts'
import { Badge } from '../../ui/badge.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { Field, PostForm, SelectField, SubmitButton } from '../../ui/form.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Empty } from '../../ui/state.tsx'
import { Cell, Row, Table } from '../../ui/table.tsx'
import { Text } from '../../ui/text.tsx'
import { Time } from '../../ui/time.tsx'
import { EXPIRIES, TOKEN_STATES, TOKENS_PATH, type Token } from './words.ts'

export interface TokenForm {
  name: string
  role: string
  expires: string
}

export type RefusedForm = TokenForm & { problem: ProblemInit }

interface TokensPanelProps {
  tokens: readonly Token[]
  /** As it was sent, when it was not taken. */
  form: RefusedForm | undefined
}

const COLUMNS = ['Name', 'Role', 'State', 'Made', 'Ends', 'Actions'].map((label) => ({ label }))

export function TokensPanel({ tokens, form }: TokensPanelProps) {
  return (
    <Panel id="tokens" title="Tokens for programs">
      <p class="quiet">
        <code>switchboard tail</code>, <code>listen</code> and <code>events</code> use one, and so
        can your own scripts: <code>Authorization: Bearer …</code> against <code>/api/v1</code> (
        <a href="/api/v1/openapi.json">OpenAPI</a>).
      </p>
      {tokens.length === 0 ? (
        <Empty
          title="No tokens yet."
          hint="Make one for each program, so that each can be revoked alone."
        />
      ) : (
        <Table caption="Tokens" columns={COLUMNS}>
          {tokens.map((token) => (
            <TokenRow token={token} />
          ))}
        </Table>
      )}
      <NewToken form={form} />
    </Panel>
  )
}

function TokenRow({ token }: { token: Token }) {
  const { id, name, role, state, createdAt, createdBy, expiresAt } = token
  return (
    <Row>
      <Cell isHead label="Name">
        <Text value={name} />
      </Cell>
      <Cell label="Role">{role}</Cell>
      <Cell label="State">
        <Badge tone={TOKEN_STATES[state]}>{state}</Badge>
      </Cell>
      <Cell label="Made">
        <Time at={createdAt} form="date" /> by <Text value={createdBy} />
      </Cell>
      <Cell label="Ends">{expiresAt === null ? 'never' : <Time at={expiresAt} form="date" />}</Cell>
      <Cell label="Actions">
        {state === 'active' && (
          <Confirm label="Revoke…" tone="bad" isSmall>
            <p>
              Whoever uses <Text value={name} /> is shut out at once, and for good.
            </p>
            <PostForm action={`${TOKENS_PATH}/${encodeURIComponent(id)}/revoke`}>
              <SubmitButton tone="bad" isSmall>
                Revoke
              </SubmitButton>
            </PostForm>
          </Confirm>
        )}
      </Cell>
    </Row>
  )
}

const MAX_NAME_CHARS = 64
const ROLE_OPTIONS = [
  { value: 'viewer', label: 'Viewer: looks, masked' },
  { value: 'operator', label: 'Operator: everything' },
]

function NewToken({ form }: Pick<TokensPanelProps, 'form'>) {
  const error = form?.problem.errors?.find(({ path }) => path === 'name')?.message
  return (
    <Confirm label="Make a token…" isOpen={form !== undefined}>
      <PostForm action={TOKENS_PATH}>
        <Field
          name="name"
          label="Name"
          hint="What will use it: “tail on the build server”."
          value={form?.name ?? ''}
          input={{ required: true, maxlength: MAX_NAME_CHARS, autocomplete: 'off' }}
          {...(error === undefined ? {} : { error })}
        />
        <SelectField
          name="role"
          label="Role"
          value={form?.role ?? 'viewer'}
          options={ROLE_OPTIONS}
          hint="What replays, pauses or listens with bodies needs an operator's."
        />
        <SelectField name="expires" label="Ends" value={form?.expires ?? '90'} options={EXPIRIES} />
        <div class="actions">
          <SubmitButton tone="main">Make it</SubmitButton>
        </div>
      </PostForm>
    </Confirm>
  )
}
