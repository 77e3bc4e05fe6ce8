# Sourced by ./test and ./demo. ccache, where the machine has it, shares its results between clones;
# the launcher reaches CMake through the environment, so an existing build folder keeps what it has.
if command -v ccache >/dev/null; then
    export CMAKE_CXX_COMPILER_LAUNCHER=ccache
    export CCACHE_BASEDIR=$PWD
    export CCACHE_NOHASHDIR=1
fi
