#include "core/sender.h"

#include <assert.h>
#include <string.h>

void uvws_sender_init(uvws_sender_t *sender) {
  *sender = (uvws_sender_t){.is_in_message = false};
}

static uvws_frame_t make_frame(const uvws_sender_t *sender,
                               const uvws_outgoing_t *what,
                               uint64_t payload_len) {
  bool is_control = uvws_opcode_is_control(what->opcode);
  bool is_first = !sender->is_in_message;
  assert(what->is_final || !is_control);
  uvws_frame_t frame = {.payload_len = payload_len,
                        .opcode = (uint8_t)what->opcode,
                        .is_final = what->is_final,
                        .rsv1 = what->is_compressed && is_first && !is_control,
                        .is_masked = what->key != NULL};
  if (!is_control && !is_first) {
    frame.opcode = UVWS_OPCODE_CONTINUATION;
  }
  if (what->key != NULL) {
    memcpy(frame.key, what->key, UVWS_MASK_KEY_LEN);
  }
  return frame;
}

static void note_sent(uvws_sender_t *sender, const uvws_outgoing_t *what) {
  if (!uvws_opcode_is_control(what->opcode)) {
    sender->is_in_message = !what->is_final;
    sender->is_compressed = what->is_compressed;
  }
}

uvws_status_t uvws_sender_header(uvws_sender_t *sender, uvws_buffer_t *out,
                                 const uvws_mem_t *mem,
                                 const uvws_outgoing_t *what,
                                 uint64_t payload_len) {
  uvws_frame_t frame = make_frame(sender, what, payload_len);
  uint8_t header[UVWS_FRAME_HEADER_MAX];
  size_t len = uvws_frame_encode(&frame, header);
  uvws_status_t status =
      uvws_buffer_append(out, mem, uvws_slice(header, len), SIZE_MAX);
  if (status == UVWS_OK) {
    note_sent(sender, what);
  }
  return status;
}

/* Makes room for a header, however long, and `room` bytes of payload. */
static uvws_status_t reserve_frame(uvws_buffer_t *out, const uvws_mem_t *mem,
                                   size_t room) {
  if (room > SIZE_MAX - UVWS_FRAME_HEADER_MAX) {
    return UVWS_ERR_TOO_LARGE;
  }
  return uvws_buffer_reserve(out, mem, UVWS_FRAME_HEADER_MAX + room, SIZE_MAX);
}

uvws_status_t uvws_sender_frame(uvws_sender_t *sender, uvws_buffer_t *out,
                                const uvws_mem_t *mem,
                                const uvws_outgoing_t *what,
                                uvws_slice_t payload) {
  uvws_status_t status = reserve_frame(out, mem, payload.len);
  if (status != UVWS_OK) {
    return status;
  }
  uvws_frame_t frame = make_frame(sender, what, payload.len);
  out->len += uvws_frame_encode(&frame, out->data + out->len);
  uint8_t *end = out->data + out->len;
  if (what->key != NULL) {
    uvws_mask(end, payload.data, payload.len, what->key, 0);
  } else if (payload.len > 0) {
    memcpy(end, payload.data, payload.len);
  }
  out->len += payload.len;
  note_sent(sender, what);
  return UVWS_OK;
}

uint8_t *uvws_sender_prepare(uvws_buffer_t *out, const uvws_mem_t *mem,
                             const uvws_outgoing_t *what, size_t room) {
  if (reserve_frame(out, mem, room) != UVWS_OK) {
    return NULL;
  }
  size_t header_len = uvws_frame_header_len(room, what->key != NULL);
  return out->data + out->len + header_len;
}

/* Writes the header before a payload that stands `room_len` bytes behind the
 * output's end, moves the payload to it and masks. */
static void end_frame(uvws_sender_t *sender, uvws_buffer_t *out,
                      const uvws_outgoing_t *what, size_t room_len,
                      size_t len) {
  uvws_frame_t frame = make_frame(sender, what, len);
  size_t header_len = uvws_frame_header_len(len, what->key != NULL);
  uint8_t *start = out->data + out->len;
  if (header_len < room_len) {
    memmove(start + header_len, start + room_len, len);
  }
  uvws_frame_encode(&frame, start);
  if (what->key != NULL) {
    uvws_mask(start + header_len, start + header_len, len, what->key, 0);
  }
  out->len += header_len + len;
  note_sent(sender, what);
}

void uvws_sender_commit(uvws_sender_t *sender, uvws_buffer_t *out,
                        const uvws_outgoing_t *what, size_t room, size_t len) {
  assert(len <= room);
  end_frame(sender, out, what, uvws_frame_header_len(room, what->key != NULL),
            len);
}

uvws_status_t uvws_sender_compress(uvws_sender_t *sender,
                                   uvws_deflater_t *deflater,
                                   uvws_buffer_t *out, const uvws_mem_t *mem,
                                   const uvws_outgoing_t *what,
                                   uvws_slice_t payload) {
  size_t start = out->len;
  assert(what->is_compressed);
  uvws_status_t status =
      uvws_buffer_reserve(out, mem, UVWS_FRAME_HEADER_MAX, SIZE_MAX);
  if (status != UVWS_OK) {
    return status;
  }
  out->len += UVWS_FRAME_HEADER_MAX;
  status = uvws_deflater_run(deflater, payload, what->is_final, out);
  size_t len = out->len - start - UVWS_FRAME_HEADER_MAX;
  out->len = start;
  if (status == UVWS_OK) {
    end_frame(sender, out, what, UVWS_FRAME_HEADER_MAX, len);
  }
  return status;
}
