"""
What takes a program into a container: a line of shell that finds Python there, and a small loader for it.

Both are arguments of ``vzctl exec3``, where everybody may read them; the program and all that it is told come over the
loader's standard input. The loader runs with Python 3.4 and newer.
"""

MARK = "SALT-OPENVZ"
NO_PYTHON = f"{MARK} no python"
FIND = f"""
for p in "$2" python3 /usr/libexec/platform-python python3.14 python3.13 python3.12 python3.11 python3.10 python3.9 \
python3.8 python3.7 python3.6; do
  if [ -n "$p" ] && command -v "$p" >/dev/null 2>&1; then exec "$p" -c "$1"; fi
  if [ -n "$2" ]; then break; fi
done
echo "{NO_PYTHON}"; exit 127
"""
LOADER = """
import errno, fcntl, hashlib, json, os, select, shutil, signal, stat, sys, tarfile, tempfile, time
PLACE, DAYS = "/var/cache/salt-openvz", 14
source = sys.stdin.buffer
head = json.loads(source.readline().decode("utf-8"))
os.umask(0o077)
def answer(**said):
    text = json.dumps(said).encode("ascii")
    out = "\\nSALT-OPENVZ {} {}\\n".format(head["nonce"], len(text)).encode("ascii") + text
    while out:
        out = out[os.write(1, out):]
def read(count, path=None):
    digest, parts = hashlib.sha256(), []
    file = path and os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    while count:
        part = source.read(min(count, 1 << 20))
        if not part:
            raise EOFError
        count -= len(part)
        digest.update(part)
        file.write(part) if path else parts.append(part)
    if path:
        file.close()
        return digest.hexdigest()
    return b"".join(parts)
def locked(path):
    number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return number
    except (IOError, OSError):
        os.close(number)
def tidy(kept):
    for name in os.listdir(PLACE):
        path = os.path.join(PLACE, name)
        try:
            if name.startswith("run-"):
                number = locked(os.path.join(path, "lock"))
                if number is not None:
                    shutil.rmtree(path, True)
                    os.close(number)
            elif "-" in name and path != kept and time.time() - os.lstat(path).st_mtime > DAYS * 86400:
                shutil.rmtree(path, True)
        except OSError:
            pass
def deposit(run):
    if not head.get("kind"):
        return None
    path = os.path.join(PLACE, head["kind"] + "-" + head["digest"][:16])
    size = head["deposit"]
    if os.path.isdir(path):
        if size:
            read(size)
    elif not size:
        answer(needs=True)
        return False
    else:
        archive, made = os.path.join(run, "archive"), os.path.join(run, "made")
        if read(size, archive) != head["digest"]:
            raise EOFError
        with tarfile.open(archive) as tar:
            tar.extractall(made)
        os.unlink(archive)
        try:
            os.rename(made, path)
        except OSError:
            if not os.path.isdir(path):
                raise
    os.utime(path, None)
    return path
def child(program, job, payload, run, end):
    os.setsid()
    os.chdir(run)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(end, 1)
    os.dup2(end, 2)
    names = {"__name__": "inside"}
    exec(compile(program, "inside", "exec"), names)
    value, code = names["main"](job, payload)
    text = json.dumps([value, code])
    with open(os.path.join(run, "answer"), "w") as file:
        file.write(text)
def ended(pid, end, limit):
    said, until, is_open = b"", time.monotonic() + limit, True
    while not os.waitpid(pid, os.WNOHANG)[0]:
        if time.monotonic() > until:
            os.killpg(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            break
        if not is_open:
            time.sleep(0.005)
        elif select.select([end], [], [], 0.1)[0]:
            part = os.read(end, 65536)
            is_open, said = bool(part), (said + part)[-4096:]
    for _ in range(16):  # what is in the pipe; who was left behind may go on for ever
        part = os.read(end, 65536) if select.select([end], [], [], 0)[0] else b""
        said = (said + part)[-4096:]
        if not part:
            break
    return said
def main():
    if sys.version_info[:2] < tuple(head["needs"]):
        return answer(error="old", what=sys.version.split()[0])
    os.path.isdir("/var/cache") or os.makedirs("/var/cache", 0o755)
    try:
        os.mkdir(PLACE, 0o700)
    except OSError as err:
        if err.errno != errno.EEXIST:
            raise
    is_ = os.lstat(PLACE)
    if not stat.S_ISDIR(is_.st_mode) or is_.st_uid != os.geteuid() or is_.st_mode & 0o022:
        return answer(error="place", what=PLACE)
    if head["exclusive"] and locked(os.path.join(PLACE, "lock")) is None:
        return answer(error="busy")
    run = tempfile.mkdtemp(prefix="run-", dir=PLACE)
    held = locked(os.path.join(run, "lock"))
    try:
        program, job = read(head["program"]).decode("utf-8"), json.loads(read(head["job"]).decode("utf-8"))
        job["deposit"] = deposit(run)
        if job["deposit"] is False:
            return
        payload = os.path.join(run, "payload") if head["payload"] else None
        if payload:
            read(head["payload"], payload)
        tidy(job["deposit"])
        began = time.monotonic()
        end, start = os.pipe()
        pid = os.fork()
        if not pid:
            try:
                child(program, job, payload, run, start)
                os._exit(0)
            except BaseException:
                import traceback
                traceback.print_exc()
                sys.stderr.flush()
            os._exit(1)
        os.close(start)
        said = ended(pid, end, head["limit"]).decode("utf-8", "replace")
        try:
            with open(os.path.join(run, "answer")) as file:
                value, code = json.loads(file.read())
        except (IOError, OSError, ValueError):
            late = time.monotonic() - began >= head["limit"]
            return answer(error="late" if late else "died", what=said)
        answer(value=value, retcode=code, said=said)
    finally:
        shutil.rmtree(run, True)
try:
    main()
except (IOError, OSError) as err:
    answer(error="full" if err.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) else "failed", what=str(err))
except EOFError:
    answer(error="cut")
"""
