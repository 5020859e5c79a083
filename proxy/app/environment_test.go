package app

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// environ makes an environment, and a look-up in it.
func environ(t *testing.T, change func(*Trust)) (trust Trust, look func(string) string) {
	t.Helper()
	dir := t.TempDir()
	trust = Trust{
		Base:     []string{"PATH=/bin", "HOME=" + dir, "LANG=C", "GOLIVE_UPSTREAM_KEY=ak_test_real", "=odd", "odd"},
		ProxyURL: "http://127.0.0.1:4711", BaseURL: "https://127.0.0.1:4712",
		CA: filepath.Join(dir, "ca.pem"), Bundle: filepath.Join(dir, "bundle.pem"), Dir: filepath.Join(dir, "run"),
		Vars: map[string]string{"ANTON_API_KEY": "ak_test_run", "LANG": "de_DE"},
	}
	write(t, trust.CA, "CA\n")
	write(t, trust.Bundle, "ROOTS\nCA\n")
	if change != nil {
		change(&trust)
	}
	all, err := Environment(trust)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSorted(all) {
		t.Errorf("not in order: %q", all)
	}
	vars := map[string]string{}
	for _, entry := range all {
		name, value, _ := strings.Cut(entry, "=")
		if _, twice := vars[name]; twice {
			t.Errorf("%s twice", name)
		}
		vars[name] = value
	}
	return trust, func(name string) string {
		value, ok := vars[name]
		if !ok {
			return "(unset)"
		}
		return value
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func content(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestEnvironment(t *testing.T) {
	trust, look := environ(t, nil)
	const proxy = "http://127.0.0.1:4711"
	for name, want := range map[string]string{
		"PATH": "/bin", "LANG": "de_DE", "ANTON_API_KEY": "ak_test_run", "GOLIVE_UPSTREAM_KEY": "(unset)", "NODE_OPTIONS": `--require="` + filepath.Join(trust.Dir, "preload", "node.cjs") + `"`,
		"PYTHONPATH": filepath.Join(trust.Dir, "preload"), "PERL_LWP_ENV_PROXY": "1",
		"HTTP_PROXY": proxy, "http_proxy": proxy, "HTTPS_PROXY": proxy, "https_proxy": proxy, "grpc_proxy": proxy,
		"npm_config_proxy": proxy, "npm_config_https_proxy": proxy, "GLOBAL_AGENT_HTTP_PROXY": proxy,
		"NO_PROXY": "localhost,127.0.0.1,::1", "no_proxy": "localhost,127.0.0.1,::1", "NODE_USE_ENV_PROXY": "1",
		"NODE_EXTRA_CA_CERTS": trust.CA, "DENO_CERT": trust.CA,
		"SSL_CERT_FILE": trust.Bundle, "REQUESTS_CA_BUNDLE": trust.Bundle, "CURL_CA_BUNDLE": trust.Bundle,
		"GIT_SSL_CAINFO": trust.Bundle, "PERL_LWP_SSL_CA_FILE": trust.Bundle, "AWS_CA_BUNDLE": trust.Bundle,
		"CARGO_HTTP_CAINFO": trust.Bundle, "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": trust.Bundle,
		"PHP_INI_SCAN_DIR": filepath.Join(trust.Dir, "php-first") + "::" + filepath.Join(trust.Dir, "php"),
		"WGETRC":           filepath.Join(trust.Dir, "wgetrc"),
		"JAVA_TOOL_OPTIONS": "-Dhttp.proxyHost=127.0.0.1 -Dhttp.proxyPort=4711 -Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=4711" +
			" -Dhttp.nonProxyHosts=localhost|127.0.0.1|[::1]",
	} {
		if got := look(name); got != want {
			t.Errorf("%s=%s, want %s", name, got, want)
		}
	}
	ini := content(t, filepath.Join(trust.Dir, "php", "golive.ini"))
	if want := "curl.cainfo=\"" + trust.Bundle + "\"\nopenssl.cafile=\"" + trust.Bundle + "\"\n"; ini != want {
		t.Errorf("php: %s", ini)
	}
	if got, want := content(t, look("WGETRC")), "ca_certificate = "+trust.Bundle+"\nuse_proxy = on\nhttp_proxy = "+proxy+"\nhttps_proxy = "+proxy+"\n"; got != want {
		t.Errorf("wget: %s", got)
	}
	first := content(t, filepath.Join(trust.Dir, "php-first", "golive.ini"))
	if want := "auto_prepend_file=\"" + filepath.Join(trust.Dir, "preload", "prepend.php") + "\"\n"; first != want {
		t.Errorf("php: %s", first)
	}
	var lead way
	if err := json.Unmarshal([]byte(content(t, filepath.Join(trust.Dir, "preload", "way.json"))), &lead); err != nil {
		t.Fatal(err)
	}
	if lead.Address != "127.0.0.1" || lead.Port != 4712 || lead.Proxy != "127.0.0.1:4711" ||
		!slices.Contains(lead.Hosts, "api.antonpayments.dev") || !slices.Contains(lead.Hosts, "api.antonpayments.com") {
		t.Errorf("the preloads lead to %+v", lead)
	}
	if info, err := os.Stat(filepath.Join(trust.Dir, "preload")); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("preload: %v, %v", info, err)
	}
}

// What the merchant has set is added to, not replaced.
func TestEnvironmentAdds(t *testing.T) {
	var own string
	trust, look := environ(t, func(trust *Trust) {
		own = filepath.Join(filepath.Dir(trust.CA), "corporate.pem")
		write(t, own, "CORPORATE")
		write(t, filepath.Join(filepath.Dir(trust.CA), ".wgetrc"), "tries = 3")
		trust.Store = "/run/trust.p12"
		trust.Base = append(trust.Base,
			"JAVA_TOOL_OPTIONS=-Xmx1g", "NODE_OPTIONS=--enable-source-maps", "PYTHONPATH=/srv/lib", "PHP_INI_SCAN_DIR=/etc/php",
			"NODE_EXTRA_CA_CERTS="+own, "REQUESTS_CA_BUNDLE="+own, "AWS_CA_BUNDLE=/not/there.pem", "SSL_CERT_FILE="+trust.Bundle,
			"HTTPS_PROXY=http://corporate:8080", "NO_PROXY=db.internal, .corp,localhost", "no_proxy=cache.internal,db.internal",
		)
	})
	for name, want := range map[string]string{
		"JAVA_TOOL_OPTIONS": "-Xmx1g -Dhttp.proxyHost=127.0.0.1 -Dhttp.proxyPort=4711 -Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=4711" +
			" -Dhttp.nonProxyHosts=db.internal|*.corp|localhost|cache.internal|127.0.0.1|[::1]" +
			" -Djavax.net.ssl.trustStore=/run/trust.p12 -Djavax.net.ssl.trustStoreType=PKCS12 -Djavax.net.ssl.trustStorePassword=changeit",
		"NODE_OPTIONS":        `--enable-source-maps --require="` + filepath.Join(trust.Dir, "preload", "node.cjs") + `"`,
		"PYTHONPATH":          filepath.Join(trust.Dir, "preload") + ":/srv/lib",
		"PHP_INI_SCAN_DIR":    filepath.Join(trust.Dir, "php-first") + ":/etc/php:" + filepath.Join(trust.Dir, "php"),
		"NODE_EXTRA_CA_CERTS": filepath.Join(trust.Dir, "node_extra_ca_certs.pem"),
		"REQUESTS_CA_BUNDLE":  filepath.Join(trust.Dir, "requests_ca_bundle.pem"),
		"AWS_CA_BUNDLE":       trust.Bundle,
		"SSL_CERT_FILE":       trust.Bundle,
		"HTTPS_PROXY":         "http://127.0.0.1:4711",
		"NO_PROXY":            "db.internal,.corp,localhost,cache.internal,127.0.0.1,::1",
		"no_proxy":            "db.internal,.corp,localhost,cache.internal,127.0.0.1,::1",
	} {
		if got := look(name); got != want {
			t.Errorf("%s=%s, want %s", name, got, want)
		}
	}
	if got := content(t, look("NODE_EXTRA_CA_CERTS")); got != "CORPORATE\nCA\n" {
		t.Errorf("node: %q", got)
	}
	if got := content(t, look("WGETRC")); !strings.HasPrefix(got, "tries = 3\nca_certificate = "+trust.Bundle+"\n") {
		t.Errorf("wget: %q", got)
	}
	if got := content(t, own); got != "CORPORATE" {
		t.Errorf("the merchant's file was changed: %q", got)
	}
}

// The app's own variables cannot lead past the proxy.
func TestEnvironmentNoBypass(t *testing.T) {
	_, look := environ(t, func(trust *Trust) {
		trust.Vars["NO_PROXY"] = "*,api.antonpayments.dev,*.antonpayments.com,antonpayments.dev:443,.dev,db.dev,notantonpayments.dev"
		trust.Vars["https_proxy"] = "http://elsewhere:1"
	})
	if got := look("NO_PROXY"); got != "db.dev,notantonpayments.dev,localhost,127.0.0.1,::1" {
		t.Errorf("NO_PROXY=%s", got)
	}
	if got := look("https_proxy"); got != "http://127.0.0.1:4711" {
		t.Errorf("https_proxy=%s", got)
	}
	dropped := Bypasses([]string{"NO_PROXY=db.dev,.antonpayments.dev", "no_proxy=*", "PROXY=x"})
	if !slices.Equal(dropped, []string{".antonpayments.dev", "*"}) {
		t.Errorf("bypasses %q", dropped)
	}
}

// A sitecustomize of the merchant's own still runs, and a module is changed only
// when the app imports it.
func TestPythonPreloadGoesOn(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed")
	}
	folder := t.TempDir()
	write(t, filepath.Join(folder, "sitecustomize.py"), "print('theirs')\n")
	trust, look := environ(t, func(trust *Trust) { trust.Base = append(trust.Base, "PYTHONPATH="+folder) })
	cmd := exec.Command(python, "-c", `
import sys
print("socket" in sys.modules, "ssl" in sys.modules)
import socket
print(socket.getaddrinfo("API.antonpayments.dev.", 443, type=socket.SOCK_STREAM)[0][4])
print(socket.getaddrinfo("127.0.0.9", 80, type=socket.SOCK_STREAM)[0][4])
`)
	cmd.Env = []string{"PYTHONPATH=" + look("PYTHONPATH")}
	out, err := cmd.CombinedOutput()
	if want := "theirs\nFalse False\n('127.0.0.1', 4712)\n('127.0.0.9', 80)\n"; err != nil || string(out) != want {
		t.Errorf("%v: %s, want %s, preload in %s", err, out, want, trust.Dir)
	}
}

// Without a proxy only trust is set, and the proxy's own address stays direct.
func TestEnvironmentBaseURL(t *testing.T) {
	trust, look := environ(t, func(trust *Trust) {
		trust.ProxyURL, trust.BaseURL = "", "https://golive.test:4712/v1"
		trust.Base = append(trust.Base, "HTTPS_PROXY=http://corporate:8080")
	})
	for name, want := range map[string]string{
		"HTTPS_PROXY": "http://corporate:8080", "HTTP_PROXY": "(unset)", "JAVA_TOOL_OPTIONS": "(unset)",
		"NODE_OPTIONS": "(unset)", "PYTHONPATH": "(unset)", "PHP_INI_SCAN_DIR": ":" + filepath.Join(trust.Dir, "php"),
		"NO_PROXY": "localhost,127.0.0.1,::1,golive.test", "SSL_CERT_FILE": trust.Bundle,
	} {
		if got := look(name); got != want {
			t.Errorf("%s=%s, want %s", name, got, want)
		}
	}
}

func TestEnvironmentCannotWrite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, "")
	if all, err := Environment(Trust{Dir: file}); err == nil || !strings.HasPrefix(err.Error(), "file for the app's environment: ") {
		t.Errorf("got %q, %v", all, err)
	}
}
