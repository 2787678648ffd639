// Registers devices with Azure's own SDK, unmodified, and says what became of each: one JSON object on stdout.
// usage: node sdk_register.js PLAN.json
//   plan: { host, transport, scope, concurrency, devices: [{ id, key } or { id, cert, certKey }], warm, tries }
//   cert and certKey are PEM files; tries is how often an application would call register() until it succeeds (1).
//   transport is "mqtt" (also when absent), "mqtt-ws" or "http"; host is a name, over MQTT "name:port" too; the CA comes by NODE_EXTRA_CA_CERTS, as a user of this SDK gives it.
'use strict';

const fs = require('fs');
const { Http } = require('azure-iot-provisioning-device-http');
const { Mqtt, MqttWs } = require('azure-iot-provisioning-device-mqtt');
const { SymmetricKeySecurityClient } = require('azure-iot-security-symmetric-key');
const { X509Security } = require('azure-iot-security-x509');
const { ProvisioningDeviceClient } = require('azure-iot-provisioning-device');

const plan = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));

const Transport = { 'mqtt': Mqtt, 'mqtt-ws': MqttWs, 'http': Http }[plan.transport || 'mqtt'];

function securityOf(device) {
  if (!device.cert) return new SymmetricKeySecurityClient(device.id, device.key);
  return new X509Security(device.id, { cert: fs.readFileSync(device.cert, 'utf8'), key: fs.readFileSync(device.certKey, 'utf8') });
}

function tryOnce(device) {
  const client = ProvisioningDeviceClient.create(plan.host, plan.scope, new Transport(), securityOf(device));
  const began = process.hrtime.bigint();
  return new Promise((resolve) => {
    client.register((error, result) => {
      const millis = Number(process.hrtime.bigint() - began) / 1e6;
      if (error) {
        const status = error.response && error.response.statusCode;
        resolve({ id: device.id, millis, error: error.name, text: String(error.message).slice(0, 200), httpStatus: status });
      } else {
        resolve({ id: device.id, millis, status: result.status, hub: result.assignedHub, device: result.deviceId });
      }
    });
  });
}

async function register(device) {
  const ends = [];
  for (let i = 0; i < (plan.tries || 1); i++) {
    ends.push(await tryOnce(device));
    if (ends[ends.length - 1].status) break;
  }
  return Object.assign(ends.pop(), { before: ends });
}

async function main() {
  for (const device of plan.warm || []) await register(device);  // loads and compiles what the SDK needs
  const results = [];
  let next = 0;
  const worker = async () => {
    while (next < plan.devices.length) results.push(await register(plan.devices[next++]));
  };
  const began = process.hrtime.bigint();
  await Promise.all(Array.from({ length: plan.concurrency }, worker));
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  process.stdout.write(JSON.stringify({ seconds, results }) + '\n', () => process.exit(0));
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
