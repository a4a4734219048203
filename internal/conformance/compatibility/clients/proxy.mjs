// A proxy that speaks TLS, with a certificate that it makes for itself.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";

process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0"; // for this proxy's certificate
process.removeAllListeners("warning").on("warning", () => {});

export async function tlsProxy(target) {
  const folder = mkdtempSync(path.join(tmpdir(), "novu-proxy-"));
  const key = path.join(folder, "key.pem"), cert = path.join(folder, "cert.pem");
  execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "1", "-subj", "/CN=localhost"], { stdio: "ignore" });
  const options = { key: readFileSync(key), cert: readFileSync(cert) };
  rmSync(folder, { recursive: true });
  const { hostname, port } = new URL(target);
  const server = https.createServer(options, (request, response) => {
    const headers = { ...request.headers, "x-forwarded-proto": "https" };
    const onward = http.request({ hostname, port, path: request.url, method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `https://localhost:${server.address().port}`, close: () => { server.closeAllConnections(); server.close(); } };
}
