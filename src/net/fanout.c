#include "net/fanout.h"

#include "net/connection_internal.h"
#include "net/hub.h"
#include "net/rest.h"

void uvws_fanout_init(uvws_fanout_t *fanout, const uvws_mem_t *mem,
                      uvws_outgoing_t what, uvws_slice_t payload) {
  fanout->mem = mem;
  fanout->what = what;
  fanout->payload = payload;
  fanout->frame = uvws_buffer_empty();
  fanout->kind_count = 0;
  fanout->is_deflated_apart = false;
  fanout->is_flush_due = false;
}

void uvws_fanout_deinit(uvws_fanout_t *fanout) {
  uvws_buffer_deinit(&fanout->frame, fanout->mem);
  while (fanout->kind_count > 0) {
    uvws_buffer_deinit(&fanout->kinds[--fanout->kind_count].payload,
                       fanout->mem);
  }
}

/* ---- Compressed ---- */

static bool is_kind(const uvws_fanout_kind_t *kind,
                    const uvws_deflate_options_t *deflate) {
  return kind->deflate.window_bits == deflate->window_bits &&
         kind->deflate.level == deflate->level &&
         kind->deflate.mem_level == deflate->mem_level &&
         kind->deflate.strategy == deflate->strategy;
}

/* Empty where it has to go uncompressed. */
static uvws_slice_t compressed(uvws_fanout_t *fanout, uvws_hub_t *hub,
                               uvws_compression_t *compression) {
  const uvws_deflate_options_t *deflate = &compression->options.deflate;
  for (size_t i = 0; i < fanout->kind_count; i++) {
    uvws_fanout_kind_t *kind = &fanout->kinds[i];
    if (is_kind(kind, deflate)) {
      return uvws_buffer_slice(&kind->payload);
    }
  }
  if (fanout->kind_count == UVWS_FANOUT_KINDS) {
    return uvws_slice(NULL, 0);
  }
  uvws_fanout_kind_t *kind = &fanout->kinds[fanout->kind_count++];
  *kind = (uvws_fanout_kind_t){*deflate, uvws_buffer_empty()};
  if (uvws_compression_run(compression, fanout->payload, &kind->payload) !=
      UVWS_OK) {
    uvws_buffer_deinit(&kind->payload, fanout->mem);
  }
  if (kind->payload.len > 0) {
    uvws_hub_count_deflated(hub, fanout->payload.len, kind->payload.len);
  }
  return uvws_buffer_slice(&kind->payload);
}

static bool is_compressed_for(const uvws_fanout_t *fanout,
                              const uvws_connection_t *connection) {
  const uvws_compression_t *compression =
      connection->session.options->receiver.compression;
  return compression != NULL && fanout->what.is_compressed &&
         !connection->session.is_deflating &&
         compression->options.deflate_dictionary.len == 0 &&
         fanout->payload.len >= compression->options.threshold;
}

bool uvws_fanout_leaves(const uvws_fanout_t *fanout,
                        const uvws_connection_t *connection) {
  return fanout->is_deflated_apart && is_compressed_for(fanout, connection) &&
         uvws_connection_takes_messages(connection);
}

/* ---- Sending ---- */

static uvws_status_t make_frame(uvws_fanout_t *fanout) {
  uvws_sender_t sender;
  uvws_outgoing_t what = fanout->what;
  what.is_compressed = false;
  what.key = NULL;
  uvws_sender_init(&sender);
  return uvws_sender_frame(&sender, &fanout->frame, fanout->mem, &what,
                           fanout->payload);
}

bool uvws_fanout_frame(uvws_fanout_t *fanout, uvws_slice_t *frame) {
  if (fanout->frame.len == 0 && make_frame(fanout) != UVWS_OK) {
    return false;
  }
  *frame = uvws_buffer_slice(&fanout->frame);
  return true;
}

/* What is in the output from `before` on was appended. */
static void note_appended(uvws_fanout_t *fanout, uvws_connection_t *connection,
                          size_t before) {
  fanout->is_flush_due |=
      uvws_connection_gathered(connection, connection->out.len - before);
}

static uvws_status_t send_compressed(uvws_fanout_t *fanout,
                                     uvws_connection_t *connection,
                                     uvws_slice_t payload) {
  uvws_rest_note(connection);
  uvws_buffer_t *out = uvws_connection_output(connection);
  size_t before = out->len;
  uvws_status_t status = uvws_session_send_deflated(&connection->session, out,
                                                    fanout->what, payload);
  if (status == UVWS_OK) {
    note_appended(fanout, connection, before);
  }
  return status;
}

/* A long frame is not copied: what the kernel takes of it is written now. */
static uvws_status_t send_frame(uvws_fanout_t *fanout,
                                uvws_connection_t *connection) {
  uvws_slice_t frame;
  if (!uvws_fanout_frame(fanout, &frame)) {
    return UVWS_ERR_NO_MEMORY;
  }
  if (!connection->is_stream && frame.len >= UVWS_WRITE_THROUGH_AT) {
    return uvws_connection_write(connection, uvws_slice(NULL, 0), frame);
  }
  uvws_buffer_t *out = uvws_connection_output(connection);
  size_t before = out->len;
  uvws_status_t status = uvws_buffer_append(out, fanout->mem, frame, SIZE_MAX);
  if (status == UVWS_OK) {
    note_appended(fanout, connection, before);
  }
  return status;
}

bool uvws_fanout_send(uvws_fanout_t *fanout, uvws_connection_t *connection) {
  if (!uvws_connection_takes_messages(connection)) {
    return false;
  }
  uvws_slice_t payload = uvws_slice(NULL, 0);
  if (is_compressed_for(fanout, connection)) {
    payload = compressed(fanout, connection->hub,
                         connection->session.options->receiver.compression);
  }
  uvws_status_t status = payload.len > 0
                             ? send_compressed(fanout, connection, payload)
                             : send_frame(fanout, connection);
  if (status != UVWS_OK) {
    uvws_connection_die(connection);
    return false;
  }
  uvws_hub_count_out(connection, &fanout->what, fanout->payload.len);
  return true;
}
