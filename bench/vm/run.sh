#!/bin/sh
# Runs a command in a virtual machine with this machine's files and a kernel of
# its own: for scenarios that need more descriptors than this machine allows.
#
#   bench/vm/run.sh 'cd bench && node run.js --scenario idle-50k --rounds 1'
#
# It is emulated, ten to twenty times slower: memory can be read from it, and how
# a cost grows, but no cost. Needs root, Debian's packages qemu-system-x86,
# busybox-static, cpio, kmod, and downloads a kernel. Set MEMORY to the gigabytes
# that it may have (12) and LIMIT to its seconds (1800).
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
command=$1
work=$(mktemp -d)
sharing=
trap 'test -z "$sharing" || kill "$sharing" 2>/dev/null || true; rm -rf "$work"' EXIT

# A kernel, and the modules that it needs to share files.
kernel=$(apt-cache depends linux-image-cloud-amd64 |
  sed -n 's/.*Depends: //p' | head -n 1)
(cd "$work" && apt-get download "$kernel" >download.log 2>&1)
dpkg-deb -x "$work"/linux-image-*.deb "$work/kernel"
version=${kernel#linux-image-}
modules=$work/kernel/lib/modules/$version
/sbin/depmod -b "$work/kernel" "$version"
mkdir -p "$work/init/bin" "$work/init/modules" "$work/init/root" \
  "$work/init/dev" "$work/init/proc" "$work/init/sys"
cp /bin/busybox "$work/init/bin/"
number=10
for name in virtio_pci virtiofs; do
  # What a module needs stands behind it, the first one last.
  for module in $(grep "/$name.ko:" "$modules/modules.dep" | tr -d : |
    tr ' ' '\n' | tac); do
    cp "$modules/$module" "$work/init/modules/$number-$(basename "$module")"
    number=$((number + 1))
  done
done

cat >"$work/init/init" <<END
#!/bin/busybox sh
b=/bin/busybox
\$b mount -t devtmpfs dev /dev
for module in /modules/*; do \$b insmod \$module 2>/dev/null; done
\$b mount -t virtiofs files /root
\$b mount --bind /dev /root/dev
\$b mount -t proc proc /root/proc
\$b mount -t sysfs sys /root/sys
\$b ip link set lo up
\$b chroot /root /bin/bash '$work/guest.sh'
\$b poweroff -f
END
chmod +x "$work/init/init"
(cd "$work/init" && find . | cpio -o -H newc 2>/dev/null | gzip -1) \
  >"$work/initrd"

cat >"$work/guest.sh" <<END
export PATH='$PATH' HOME='$HOME'
ulimit -n 200000
sysctl -qw net.core.somaxconn=4096 net.ipv4.tcp_max_syn_backlog=65536
cd '$root'
$command
END

/usr/lib/qemu/virtiofsd --socket-path="$work/socket" -o source=/ -o sandbox=chroot \
  -o cache=always >"$work/virtiofsd.log" 2>&1 &
sharing=$!
while ! test -S "$work/socket"; do sleep 0.1; done
memory=${MEMORY:-12}G
timeout "${LIMIT:-1800}" qemu-system-x86_64 -nographic -no-reboot \
  -accel tcg,thread=multi -cpu max -smp 2 -m "$memory" \
  -object "memory-backend-memfd,id=memory,size=$memory,share=on" \
  -numa node,memdev=memory \
  -chardev "socket,id=files,path=$work/socket" \
  -device vhost-user-fs-pci,queue-size=1024,chardev=files,tag=files \
  -kernel "$work/kernel/boot/vmlinuz-$version" -initrd "$work/initrd" \
  -append 'console=ttyS0 quiet panic=-1' </dev/null
sharing=
