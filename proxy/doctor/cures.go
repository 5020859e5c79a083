package doctor

import "github.com/anton-payments/golive/proxy/project"

// remedy is what helps an app of one stack. It knows the ways of clients, not
// this app's: the likeliest cure comes first.
type remedy struct {
	cause     string
	cures     []string
	variables []string // what golive sets for the stack
}

const always = "the app sets its own roots, or its client does not read what golive sets for its stack"

// trustOf is what helps a stack that does not trust the run's certificate.
var trustOf = map[project.Stack]remedy{
	project.Unknown: {always, []string{"take out certificates, pins and CA files that the app gives its HTTP client: the environment names the run's"},
		[]string{"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "JAVA_TOOL_OPTIONS"}},
	project.Node: {"Node adds the file in NODE_EXTRA_CA_CERTS to its roots, unless an Agent or a client is given roots of its own",
		[]string{"take the ca option out of the Agent or client, or add the file that NODE_EXTRA_CA_CERTS names to it"}, []string{"NODE_EXTRA_CA_CERTS"}},
	project.Bun: {"Bun adds the file in NODE_EXTRA_CA_CERTS to its roots, unless fetch is given tls.ca",
		[]string{"take tls.ca out of the call"}, []string{"NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"}},
	project.Deno: {"Deno adds the file in DENO_CERT to its roots, unless a client is made with caCerts",
		[]string{"take caCerts out of Deno.createHttpClient"}, []string{"DENO_CERT"}},
	project.Python: {"requests reads REQUESTS_CA_BUNDLE, httpx and urllib read SSL_CERT_FILE; verify=, trust_env=False and certifi given by hand go before them",
		[]string{"take verify=… and certifi.where() out of the client, and trust_env=False", "give a client of another kind the file by hand: ssl.create_default_context(cafile=os.environ['SSL_CERT_FILE'])"},
		[]string{"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"}},
	project.Ruby: {"OpenSSL in Ruby reads SSL_CERT_FILE, unless ca_file, ca_path or cert_store is set on the client",
		[]string{"take ca_file, ca_path and cert_store out of the client"}, []string{"SSL_CERT_FILE"}},
	project.PHP: {"PHP reads curl.cainfo and openssl.cafile from an ini file that golive adds, unless CURLOPT_CAINFO or Guzzle's verify is set",
		[]string{"take CURLOPT_CAINFO and verify out of the client", "start php without -n, which leaves all ini files out"}, []string{"PHP_INI_SCAN_DIR"}},
	project.Java: {"Java reads its trust store from JAVA_TOOL_OPTIONS, unless the command or the program names another, or an SSLContext is built from one",
		[]string{"take -Djavax.net.ssl.trustStore out of the command, and your own SSLContext out of the client"}, []string{"JAVA_TOOL_OPTIONS"}},
	project.Go: {"Go reads SSL_CERT_FILE on Linux and BSD, unless tls.Config has RootCAs; on macOS and Windows it knows the system's store alone",
		[]string{"take RootCAs out of the client's tls.Config", "on macOS and Windows run the app in a Linux container, or add the file's certificates to RootCAs"}, []string{"SSL_CERT_FILE"}},
	project.DotNet: {"OpenSSL under .NET reads SSL_CERT_FILE on Linux; on Windows and macOS .NET knows the system's store alone",
		[]string{"take your own ServerCertificateCustomValidationCallback out", "on macOS and Windows run the app in a Linux container"}, []string{"SSL_CERT_FILE"}},
	project.Rust: {"native-tls and rustls-native-certs read SSL_CERT_FILE; roots built in (webpki-roots) read nothing",
		[]string{"build reqwest with rustls-tls-native-roots instead of rustls-tls"}, []string{"SSL_CERT_FILE"}},
}

// proxyOf is what helps a stack that goes around the proxy.
var proxyOf = map[project.Stack]remedy{
	project.Unknown: {cause: "its HTTP client does not read HTTPS_PROXY"},
	project.Node:    {cause: "Node before 22.21 knows no proxy; later ones go around it with an https.Agent of their own, as the stripe SDK has", cures: []string{"or use Node 24 and the global agent, without an Agent of its own"}},
	project.Bun:     {cause: "node:https in Bun knows no proxy; fetch does", cures: []string{"or call Anton with fetch"}},
	project.Deno:    {cause: "node:https in Deno knows no proxy; fetch does", cures: []string{"or call Anton with fetch"}},
	project.Python:  {cause: "urllib3, http.client and aiohttp without trust_env do not read HTTPS_PROXY; requests, httpx and urllib do", cures: []string{"or give aiohttp.ClientSession trust_env=True, and requests no trust_env=False"}},
	project.Ruby:    {cause: "Net::HTTP reads http_proxy, unless it is made with nil for the proxy", cures: []string{"or make the Net::HTTP without a proxy argument"}},
	project.PHP:     {cause: "streams (file_get_contents) know no proxy variable, and CURLOPT_PROXY or CURLOPT_NOPROXY goes before it", cures: []string{"or call Anton with curl or Guzzle, without CURLOPT_PROXY"}},
	project.Java:    {cause: "Apache HttpClient wants useSystemProperties(), java.net.http.HttpClient its default ProxySelector", cures: []string{"or build the client with HttpClientBuilder.useSystemProperties(), or proxy(ProxySelector.getDefault())"}},
	project.Go:      {cause: "an http.Transport made by hand has no Proxy", cures: []string{"or set Proxy: http.ProxyFromEnvironment in the client's Transport"}},
	project.DotNet:  {cause: "HttpClientHandler with UseProxy = false, or a Proxy of its own", cures: []string{"or take UseProxy and Proxy out of the handler"}},
	project.Rust:    {cause: "a client built with no_proxy(), or one that knows no proxy (hyper)", cures: []string{"or take no_proxy() out of the client"}},
}
