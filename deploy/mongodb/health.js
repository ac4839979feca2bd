// Healthy when this node takes writes; founds the replica set when there is none yet.
const password = require('fs').readFileSync('/run/secrets/mongodb_root_password', 'utf8').trim();
const url = `mongodb://root:${encodeURIComponent(password)}@127.0.0.1:27017/admin?directConnection=true`;
const admin = new Mongo(url).getDB('admin');

if (!admin.hello().setName) {
  admin.runCommand({ replSetInitiate: { _id: 'rs0', members: [{ _id: 0, host: 'mongodb:27017' }] } });
}
quit(admin.hello().isWritablePrimary ? 0 : 1);
