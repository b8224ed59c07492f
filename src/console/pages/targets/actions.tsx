/** What an operator does to a target: pause it, resume it, test it. Forms, whole without a script. */
import { Confirm } from '../../ui/confirm.tsx'
import type { ProblemInit } from '../../api/problem.ts'
import { Field, PostForm, SubmitButton } from '../../ui/form.tsx'
import { Panel } from '../../ui/panel.tsx'
import { toTargetPath, type Target } from './words.ts'

interface ActionsPanelProps {
  target: Target
  testId: string
  pause: { reason: string; problem: ProblemInit } | undefined
}

export function ActionsPanel({ target: { name, paused }, testId, pause }: ActionsPanelProps) {
  const path = toTargetPath(name)
  return (
    <Panel id="actions" title="Actions">
      <div class="actions">
        {paused ? (
          <PostForm action={`${path}/resume`}>
            <SubmitButton tone="main">Resume</SubmitButton>
          </PostForm>
        ) : (
          <Pause path={path} pause={pause} />
        )}
        <PostForm action={`${path}/test`}>
          <input type="hidden" name="id" value={testId} />
          <SubmitButton>Send a test event</SubmitButton>
        </PostForm>
      </div>
      <p class="quiet">
        A test event is of the kind <code>switchboard.test</code> and goes to this target alone, on
        the way of all events{paused && ': when the target is resumed'}.
      </p>
    </Panel>
  )
}

const MAX_REASON_CHARS = 200

function Pause({ path, pause }: { path: string; pause: ActionsPanelProps['pause'] }) {
  const error = pause?.problem.errors?.[0]?.message ?? pause?.problem.title
  return (
    <Confirm label="Pause…" tone="bad" isOpen={pause !== undefined}>
      <p>Nothing is sent to it until somebody resumes it. What is owed waits, and is not lost.</p>
      <PostForm action={`${path}/pause`}>
        <Field
          name="reason"
          label="Why"
          hint="Everybody who may look sees it."
          value={pause?.reason ?? ''}
          input={{ required: true, maxlength: MAX_REASON_CHARS, autocomplete: 'off' }}
          {...(error === undefined ? {} : { error })}
        />
        <div class="actions">
          <SubmitButton tone="bad">Pause it</SubmitButton>
        </div>
      </PostForm>
    </Confirm>
  )
}
