/**
 * Sending it again: to one target or to all that match now. The replay's id is made with the form, so that
 * a form that is sent twice, by a double click or by going back, is one replay.
 */
import { Confirm } from '../../ui/confirm.tsx'
import { PostForm, SubmitButton } from '../../ui/form.tsx'
import { useIsOperator } from '../../ui/frame.ts'
import type { EventDetail } from '../events/shapes.ts'
import { createReplayId } from '../dead/replay-id.ts'

/** What the form sends for "all that match now". */
export const ALL_TARGETS = '*'

interface ReplayFormProps {
  detail: EventDetail
  /** Of the config, by name. */
  targets: readonly string[]
}

export function ReplayForm({ detail, targets }: ReplayFormProps) {
  const isOperator = useIsOperator()
  const { event } = detail
  if (!isOperator || event.kind === null) return <></>
  const open = event.deliveries.find(({ status }) => status === 'dead')?.target
  const chosen = open !== undefined && targets.includes(open) ? open : ALL_TARGETS
  return (
    <Confirm label="Replay…" tone="main">
      <PostForm action={`/events/${encodeURIComponent(event.id)}/replays`}>
        <input type="hidden" name="replay" value={createReplayId()} />
        <div class="field">
          <label for="replay-target">To</label>
          <select id="replay-target" name="target">
            <option value={ALL_TARGETS} selected={chosen === ALL_TARGETS}>
              every target that takes it now
            </option>
            {targets.map((name) => (
              <option value={name} selected={chosen === name}>
                {name}
              </option>
            ))}
          </select>
        </div>
        <p class="hint">
          It goes out once more under the same webhook-id, marked as a replay. Who got it before
          gets it again.
        </p>
        <div class="actions">
          <SubmitButton tone="main">Send it again</SubmitButton>
        </div>
      </PostForm>
    </Confirm>
  )
}
