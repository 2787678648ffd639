// Registers a device that has a TPM with Azure's own SDK, unmodified, and says what became of it: one JSON object on stdout.
// usage: node sdk_tpm.js PLAN.json
//   plan: { tpm, identity } tells the EK and the registration id that the SDK makes of it, and goes;
//         { tpm, host, scope, id, prove } registers, under `id` where it is given, and then signs the text `prove` with the hub key.
//   tpm is the socket of swtpm; the CA comes by NODE_EXTRA_CA_CERTS.
'use strict';

const fs = require('fs');
const net = require('net');
const { promisify } = require('util');
const { Tpm } = require('tss.js');
const { Http } = require('azure-iot-provisioning-device-http');
const { ProvisioningDeviceClient } = require('azure-iot-provisioning-device');
const { TpmSecurityClient } = require('azure-iot-security-tpm');

const plan = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));

// What tss.js asks of a device: one command out, one response back. A connection each, as swtpm serves one client at a time.
class SwtpmDevice {
  constructor(path) { this.path = path; }

  connect(done) {
    setImmediate(done, null);
    return null;
  }

  dispatchCommand(command, done) {
    const line = net.connect(this.path);
    let response = Buffer.alloc(0);
    line.on('connect', () => line.write(command));
    line.on('data', (octets) => {
      response = Buffer.concat([response, octets]);
      if (response.length >= 6 && response.length >= response.readUInt32BE(2)) line.end();
    });
    line.on('error', (error) => { throw error; });
    line.on('close', () => done(null, response));
  }

  close() {}
}

function securityClient() {
  const tpm = new Tpm(true);
  tpm.device = new SwtpmDevice(plan.tpm);
  return new TpmSecurityClient(plan.id, tpm);
}

async function identity(security) {
  const key = await promisify(security.getEndorsementKey.bind(security))();
  return { id: await promisify(security.getRegistrationId.bind(security))(), endorsementKey: key.toString('base64') };
}

function register(security) {
  const client = ProvisioningDeviceClient.create(plan.host, plan.scope, new Http(), security);
  return new Promise((resolve) => {
    client.register((error, result) => {
      // Unlike with other credentials the SDK hands out the whole answer.
      if (!error) return resolve({ status: result.status, hub: result.registrationState.assignedHub, device: result.registrationState.deviceId });
      const status = error.response && error.response.statusCode;
      resolve({ error: error.name, text: String(error.message).slice(0, 200), httpStatus: status });
    });
  });
}

async function main() {
  const security = securityClient();
  if (plan.identity) return identity(security);
  const told = await register(security);
  if (told.status === 'assigned') {
    const signature = await promisify(security.signWithIdentity.bind(security))(Buffer.from(plan.prove));
    told.proof = Buffer.from(signature).toString('base64');
  }
  return told;
}

main().then((told) => process.stdout.write(JSON.stringify(told) + '\n', () => process.exit(0)), (error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
