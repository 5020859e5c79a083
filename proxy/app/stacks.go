package app

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// Variables that name a file of certificates. Those that add to a stack's own
// roots get the run's certificate, those that replace them the whole bundle.
var (
	adding = []string{
		"NODE_EXTRA_CA_CERTS", // Node, Bun
		"DENO_CERT",
	}
	replacing = []string{
		"SSL_CERT_FILE",      // OpenSSL: Python, Ruby, .NET and Go on Linux, native-tls
		"REQUESTS_CA_BUNDLE", // Python requests
		"CURL_CA_BUNDLE",
		"GIT_SSL_CAINFO",
		"PERL_LWP_SSL_CA_FILE",
		"AWS_CA_BUNDLE",
		"CARGO_HTTP_CAINFO",
		"GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
	}
)

func (e *environment) certificates() {
	for _, name := range adding {
		e.vars[name] = e.trusting(name, e.t.CA)
	}
	for _, name := range replacing {
		e.vars[name] = e.trusting(name, e.t.Bundle)
	}
}

// trusting is the file that a variable is to name: the given one, or the one
// that the variable names already with the run's certificate added.
func (e *environment) trusting(name, file string) string {
	own := e.vars[name]
	if own == "" || own == file {
		return file
	}
	theirs, err := os.ReadFile(own)
	if err != nil {
		return file
	}
	ours, err := os.ReadFile(e.t.CA)
	if err != nil {
		if e.err == nil {
			e.err = err
		}
		return file
	}
	return e.write(strings.ToLower(name)+".pem", string(theirs)+"\n"+string(ours))
}

// php is told by a folder of ini files. An empty first entry keeps the folder
// that was built in.
func (e *environment) php() {
	file := e.write("php/golive.ini", "curl.cainfo=\""+e.t.Bundle+"\"\nopenssl.cafile=\""+e.t.Bundle+"\"\n")
	e.vars["PHP_INI_SCAN_DIR"] += string(os.PathListSeparator) + filepath.Dir(file)
}

// java reads no proxy variables, only properties. The last of equal ones counts.
func (e *environment) java() {
	var options []string
	if u, err := url.Parse(e.t.ProxyURL); err == nil && u.Host != "" {
		var direct []string
		for name := range strings.SplitSeq(e.vars["NO_PROXY"], ",") {
			if strings.HasPrefix(name, ".") {
				name = "*" + name
			}
			if name == "::1" {
				name = "[::1]"
			}
			direct = append(direct, name)
		}
		options = append(options,
			"-Dhttp.proxyHost="+u.Hostname(), "-Dhttp.proxyPort="+u.Port(),
			"-Dhttps.proxyHost="+u.Hostname(), "-Dhttps.proxyPort="+u.Port(),
			"-Dhttp.nonProxyHosts="+strings.Join(direct, "|"))
	}
	if e.t.Store != "" {
		options = append(options, "-Djavax.net.ssl.trustStore="+e.t.Store, "-Djavax.net.ssl.trustStoreType=PKCS12",
			"-Djavax.net.ssl.trustStorePassword=changeit")
	}
	if own := e.vars["JAVA_TOOL_OPTIONS"]; own != "" {
		options = append([]string{own}, options...)
	}
	if len(options) > 0 {
		e.vars["JAVA_TOOL_OPTIONS"] = strings.Join(options, " ")
	}
}

// wget has a file of settings, which go before the environment; what the user has
// in it stays, but for the proxy.
func (e *environment) wget() {
	own := e.vars["WGETRC"]
	if own == "" && e.vars["HOME"] != "" {
		own = filepath.Join(e.vars["HOME"], ".wgetrc")
	}
	// No such file is an empty one.
	settings, _ := os.ReadFile(own)
	text := strings.TrimRight(string(settings), "\n")
	if text != "" {
		text += "\n"
	}
	text += "ca_certificate = " + e.t.Bundle + "\n"
	if p := e.t.ProxyURL; p != "" {
		text += "use_proxy = on\nhttp_proxy = " + p + "\nhttps_proxy = " + p + "\n"
	}
	e.vars["WGETRC"] = e.write("wgetrc", text)
}
