/* An intrusive doubly linked list. A node that is in no list points to
 * itself. */
#ifndef UVWS_NET_LIST_H
#define UVWS_NET_LIST_H

#include <stdbool.h>
#include <stddef.h>

typedef struct uvws_list {
  struct uvws_list *next;
  struct uvws_list *prev;
} uvws_list_t;

/* The struct of which `node` is the field `field`. */
#define UVWS_CONTAINER_OF(node, type, field)                                   \
  ((type *)(void *)((char *)(node)-offsetof(type, field)))

static inline void uvws_list_init(uvws_list_t *node) {
  node->next = node;
  node->prev = node;
}

/* Of a head: no node is in the list. Of a node: it is in no list. */
static inline bool uvws_list_is_empty(const uvws_list_t *node) {
  return node->next == node;
}

static inline void uvws_list_push(uvws_list_t *head, uvws_list_t *node) {
  node->prev = head->prev;
  node->next = head;
  head->prev->next = node;
  head->prev = node;
}

/* Takes the node out of its list, if it is in one. */
static inline void uvws_list_remove(uvws_list_t *node) {
  node->prev->next = node->next;
  node->next->prev = node->prev;
  uvws_list_init(node);
}

/* Takes the first node out; NULL if there is none. */
static inline uvws_list_t *uvws_list_shift(uvws_list_t *head) {
  if (uvws_list_is_empty(head)) {
    return NULL;
  }
  uvws_list_t *node = head->next;
  uvws_list_remove(node);
  return node;
}

#endif
