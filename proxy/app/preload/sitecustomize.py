"""Leads connections to Anton to golive, of clients too that do not look at
HTTPS_PROXY (http.client, urllib3, aiohttp), and has clients with roots of their
own (certifi) take the run's as well. Name and certificate checks stay the
client's; all other connections stay as they are."""

import os
import sys

FOLDER = os.path.dirname(os.path.abspath(__file__))


def lead(socket):
    import json

    with open(os.path.join(FOLDER, "way.json")) as f:
        way = json.load(f)
    resolve = socket.getaddrinfo

    def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if isinstance(name, str) and name.lower().rstrip(".") in way["hosts"]:
            host, port, family = way["address"], way["port"], 0
        return resolve(host, port, family, type, proto, flags)

    socket.getaddrinfo = getaddrinfo


def trust(ssl):
    load = ssl.SSLContext.load_verify_locations
    ca = os.path.join(FOLDER, "ca.pem")

    def load_verify_locations(self, cafile=None, capath=None, cadata=None):
        load(self, cafile, capath, cadata)
        load(self, ca)

    ssl.SSLContext.load_verify_locations = load_verify_locations


class Late:
    """Changes a module when the app imports it, so that none is imported for it."""

    def __init__(self, name, change):
        self.name, self.change = name, change
        if name in sys.modules:
            change(sys.modules[name])
        else:
            sys.meta_path.insert(0, self)

    def find_spec(self, name, path=None, target=None):
        if name != self.name:
            return None
        sys.meta_path.remove(self)
        spec = find_spec(name)
        run = spec.loader.exec_module

        def exec_module(module):
            run(module)
            self.change(module)

        spec.loader.exec_module = exec_module
        return spec


def go_on():
    """Runs the sitecustomize that this one stands before."""
    path = [p for p in sys.path if os.path.abspath(p or ".") != FOLDER]
    spec = PathFinder.find_spec("sitecustomize", path)
    if spec and spec.loader:
        module = module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


try:
    from importlib.machinery import PathFinder
    from importlib.util import find_spec, module_from_spec
except ImportError:
    pass  # Python 2
else:
    Late("socket", lead)
    Late("ssl", trust)
    go_on()
