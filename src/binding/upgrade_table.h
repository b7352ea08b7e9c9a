// The upgrades that JavaScript decides, by the small integers that stand for
// them there: from onRequest until a decision, or until onAbandoned.
#ifndef UVWS_BINDING_UPGRADE_TABLE_H
#define UVWS_BINDING_UPGRADE_TABLE_H

#include <cstdint>
#include <vector>

extern "C" {
#include "net/listener.h"
}

namespace uvws {

class UpgradeTable {
public:
  uint32_t Add(uvws_upgrade_t *upgrade) {
    if (free_.empty()) {
      upgrades_.push_back(upgrade);
      return static_cast<uint32_t>(upgrades_.size() - 1);
    }
    uint32_t id = free_.back();
    free_.pop_back();
    upgrades_[id] = upgrade;
    return id;
  }

  // The upgrade, or nullptr where it is decided or abandoned.
  uvws_upgrade_t *Find(uint32_t id) const {
    return id < upgrades_.size() ? upgrades_[id] : nullptr;
  }

  // As Find, and forgets it: the caller decides.
  uvws_upgrade_t *Take(uint32_t id) {
    uvws_upgrade_t *upgrade = Find(id);
    if (upgrade != nullptr) {
      upgrades_[id] = nullptr;
      free_.push_back(id);
    }
    return upgrade;
  }

private:
  std::vector<uvws_upgrade_t *> upgrades_;
  std::vector<uint32_t> free_;
};

} // namespace uvws

#endif
