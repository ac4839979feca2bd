#!/usr/bin/env bash
# Writes the secrets that docker-compose.yml mounts; what exists is kept, so it can be run again.
set -euo pipefail
cd "$(dirname "$0")"

mkdir -p secrets
chmod 700 secrets # the files below can be read inside the containers, the folder only by you

write() {
  [ -e "secrets/$1" ] && return
  printf '%s' "$2" >"secrets/$1"
  chmod 444 "secrets/$1"
}

random() { openssl rand -hex "$1"; }

write secret "$(random 32)"
write mongodb_key "$(random 256)"
write mongodb_root_password "$(random 24)"
write mongodb_password "$(random 24)"
write mongodb_url "mongodb://waystation:$(cat secrets/mongodb_password)@mongodb:27017/waystation?replicaSet=rs0&retryWrites=true&w=majority"

echo "deploy/secrets is complete. Keep a copy in a safe place: without it the data cannot be opened."
