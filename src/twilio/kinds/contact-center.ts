/**
 * TaskRouter, Studio and Flex. https://www.twilio.com/docs/taskrouter/api/event/reference
 */
import { defineKind } from '../kind.ts'

export const CONTACT_CENTER = [
  defineKind({
    // Two updates of one resource within a second share their Timestamp: only the token is a key.
    name: 'taskrouter.event',
    detect: [{ at: 17, all: 'WorkspaceSid EventType ResourceSid' }],
    reply: 'none',
    contentType: 'application/json',
    subject: 'ResourceSid|TaskSid|ReservationSid|WorkerSid',
    order: 'Timestamp TaskVersion',
    eventType: {
      of: 'EventType',
      prefix: 'com.twilio.taskrouter.',
      values:
        'reservation.accepted reservation.canceled reservation.completed reservation.created reservation.failed reservation.rejected reservation.rescinded reservation.timeout reservation.wrapup task-queue.created task-queue.deleted task-queue.entered task-queue.expression-updated task-queue.moved task-queue.timeout task.canceled task.completed task.created task.deleted task.system-deleted task.transfer-attempt-failed task.transfer-canceled task.transfer-completed task.transfer-failed task.transfer-initiated task.updated task.wrapup worker.activity.update worker.attributes.update worker.capacity.update worker.channel.availability.update worker.created worker.deleted workflow.entered workflow.rejected workflow.skipped workflow.target-matched workflow.timeout',
    },
    types: { Timestamp: 'unix' },
    params:
      'AccountSid WorkspaceSid WorkspaceName EventType EventDescription ResourceType ResourceSid Timestamp Sid? TaskSid? TaskAttributes? TaskAge? TaskPriority? TaskAssignmentStatus? TaskCanceledReason? TaskCompletedReason? TaskVersion? TaskChannelSid? TaskChannelUniqueName? TaskQueueSid? TaskQueueName? TaskQueueTargetExpression? WorkflowSid? WorkflowName? WorkflowFilterName? WorkerSid? WorkerName? WorkerAttributes? WorkerActivitySid? WorkerActivityName? WorkerPreviousActivitySid? WorkerPreviousActivityName? WorkerVersion? ReservationSid? ReservationVersion?',
  }),
  defineKind({
    // 204 leaves the reservation pending; JSON without an instruction would be warning 40005.
    name: 'taskrouter.assignment',
    detect: [{ at: 18, all: 'ReservationSid WorkspaceSid TaskSid WorkflowSid', none: 'EventType' }],
    reply: 'json',
    defaultReply: { type: 'status', status: 204 },
    limitMs: 5_000,
    subject: 'ReservationSid|TaskSid',
    key: 'ReservationSid',
    eventType: 'com.twilio.taskrouter.reservation.created',
    params:
      'AccountSid WorkspaceSid WorkflowSid ReservationSid TaskQueueSid TaskSid TaskAttributes TaskAge TaskPriority WorkerSid WorkerName WorkerAttributes',
  }),
  defineKind({
    // Carries whatever the widget is told to send: an endpoint has to pin it.
    name: 'studio.http-request',
    reply: 'json',
    defaultReply: { type: 'json', status: 200, json: {} },
    limitMs: 10_000,
    eventType: 'com.twilio.studio.flow.step.ended',
    params: '*',
  }),
  defineKind({
    // Flex has no webhook of its own; an endpoint may pin the name.
    name: 'flex',
    reply: 'none',
    params: '*',
  }),
]
