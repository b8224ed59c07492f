/** What a rollback would do, and the form that does it. */
import type { ProblemInit } from '../../api/problem.ts'
import { Field, PostForm, SubmitButton } from '../../ui/form.tsx'
import { useIsOperator } from '../../ui/frame.ts'
import { Notice } from '../../ui/notice.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { Panel } from '../../ui/panel.tsx'
import { ProblemState } from '../../ui/state.tsx'
import { DifferencePart } from './difference.tsx'
import { PublishedBy } from './history.tsx'
import { CONFIG_PATH, type Plan } from './words.ts'

interface RollbackPageProps {
  plan: Plan
  /** Why the last attempt did not change anything. */
  problem?: ProblemInit
  message?: string
}

export function RollbackPage({ plan, problem, message = '' }: RollbackPageProps) {
  const { to, isLive, difference, warnings } = plan
  return (
    <>
      <PageHeader
        title={`Roll back to ${to.version}`}
        up={{ href: CONFIG_PATH, label: 'Config' }}
        lede={
          <>
            It <PublishedBy publication={to} />
          </>
        }
      />
      {problem && <ProblemState problem={problem} />}
      {warnings.length > 0 && (
        <Notice tone="wait">
          <ul class="plain-list">
            {warnings.map((warning) => (
              <li>{warning.message}</li>
            ))}
          </ul>
        </Notice>
      )}
      <Panel id="difference" title="What would change">
        {isLive ? <p>Nothing: it is what is live.</p> : <DifferencePart difference={difference} />}
      </Panel>
      {!isLive && useIsOperator() && <RollbackForm plan={plan} message={message} />}
    </>
  )
}

const MAX_MESSAGE_CHARS = 200

function RollbackForm({ plan: { to, expected }, message }: { plan: Plan; message: string }) {
  return (
    <Panel id="confirm" title="Do it">
      <p class="quiet">
        It is published as a new entry of the history, and everywhere within a minute. Replies and
        targets change; events that are on their way do not.
      </p>
      <PostForm action={`${CONFIG_PATH}/rollback`}>
        <input type="hidden" name="to" value={to.id} />
        <input type="hidden" name="expected" value={expected ?? ''} />
        <Field
          name="message"
          label="Why (for the history)"
          value={message}
          input={{ maxlength: MAX_MESSAGE_CHARS, autocomplete: 'off' }}
        />
        <div class="actions">
          <SubmitButton tone="bad">Roll back to {to.version}</SubmitButton>
          <a class="button" href={CONFIG_PATH}>
            Cancel
          </a>
        </div>
      </PostForm>
    </Panel>
  )
}
