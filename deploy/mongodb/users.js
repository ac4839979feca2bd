// Runs once, on an empty volume: Waystation's own account, which may use its database and nothing else.
const password = require('fs').readFileSync('/run/secrets/mongodb_password', 'utf8').trim();

db.getSiblingDB('waystation').createUser({
  user: 'waystation',
  pwd: password,
  roles: [{ role: 'readWrite', db: 'waystation' }],
});
