package app

import (
	"embed"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strconv"

	"github.com/anton-payments/golive/fixtures/anton"
)

// preloads are small programs that run in the app before it, in stacks where
// environment variables do not reach every client.
//
//go:embed preload
var preloads embed.FS

// way is where the preloads lead to.
type way struct {
	Hosts   []string `json:"hosts"`   // Anton's
	Address string   `json:"address"` // that serves them to who comes in their name
	Port    int      `json:"port"`
	Proxy   string   `json:"proxy"` // host:port
}

// preload has Node, Python and PHP load their preload before the app.
func (e *environment) preload() {
	proxy, err := url.Parse(e.t.ProxyURL)
	if err != nil || proxy.Host == "" {
		return
	}
	base, err := url.Parse(e.t.BaseURL)
	if err != nil || base.Port() == "" {
		return
	}
	w := way{Address: base.Hostname(), Proxy: proxy.Host}
	w.Port, _ = strconv.Atoi(base.Port())
	for _, p := range anton.Profiles {
		w.Hosts = append(w.Hosts, p.Sandbox, p.Production)
	}
	text, err := json.Marshal(w)
	if err != nil && e.err == nil {
		e.err = err
	}
	e.write("preload/way.json", string(text)+"\n")
	ca, err := os.ReadFile(e.t.CA)
	if err != nil && e.err == nil {
		e.err = err
	}
	e.write("preload/ca.pem", string(ca))
	e.node(e.program("node.cjs"))
	e.python(filepath.Dir(e.program("sitecustomize.py")))
	e.phpStreams(e.program("prepend.php"))
}

// program writes a preload, and answers its path.
func (e *environment) program(name string) string {
	text, err := preloads.ReadFile("preload/" + name)
	if err != nil && e.err == nil {
		e.err = err
	}
	return e.write("preload/"+name, string(text))
}

// node takes its options from a variable, quoted where there is a space.
func (e *environment) node(file string) {
	option := "--require=" + strconv.Quote(file)
	if own := e.vars["NODE_OPTIONS"]; own != "" {
		option = own + " " + option
	}
	e.vars["NODE_OPTIONS"] = option
}

// python runs the first sitecustomize that it finds; ours runs the next one.
func (e *environment) python(folder string) {
	if own := e.vars["PYTHONPATH"]; own != "" {
		folder += string(os.PathListSeparator) + own
	}
	e.vars["PYTHONPATH"] = folder
}

// phpStreams puts its folder first, so that a file that the app's own
// configuration prepends goes before ours.
func (e *environment) phpStreams(file string) {
	ini := e.write("php-first/golive.ini", "auto_prepend_file=\""+file+"\"\n")
	e.vars["PHP_INI_SCAN_DIR"] = filepath.Dir(ini) + string(os.PathListSeparator) + e.vars["PHP_INI_SCAN_DIR"]
}
